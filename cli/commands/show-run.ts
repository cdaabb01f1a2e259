import type { ShownRun } from "../../shared/operations/runs/show-run.ts";
import { styleOf } from "../terminal/color.ts";
import type { Terminal } from "../terminal/io.ts";
import { type Fact, page, value } from "../terminal/page.ts";
import { printable } from "../terminal/printable.ts";
import { clock, relative, took } from "../terminal/time.ts";
import { attemptLines } from "./attempt-lines.ts";

/** One run as a page: facts, input and result, then its attempts where they add something. */
export const viewRun = (run: ShownRun, screen: Terminal): string => {
  const { paint } = screen;
  const title = `${paint("bold", printable(run.id))}  ${paint(styleOf(run.state), run.state)}`;
  const attempts = attemptLines(run.history, screen);
  const worker = attempts.length === 0 ? run.worker && printable(run.worker) : undefined;
  return [page(title, factsOf(run, worker, screen), screen), ...attempts].join("\n");
};

const factsOf = (run: ShownRun, worker: string | undefined, screen: Terminal): readonly Fact[] => [
  ["reason", run.reason && printable(run.reason)],
  ["error", errorOf(run)],
  ["job", run.job],
  ["lane", run.lane],
  ["schedule", run.schedule],
  ["tenant", run.tenant && printable(run.tenant)],
  ["tags", run.tags && printable(run.tags.join(", "))],
  ["attempts", attemptsOf(run)],
  ["worker", worker],
  ["redrives", run.generation > 1 && run.state !== "dead" ? String(run.generation - 1) : undefined],
  ...timesOf(run, screen),
  ["input", run.inputNote ?? value(run.input, screen)],
  ["result", run.resultNote ?? value(run.result, screen)],
];

/** Left out when the reason already contains it. */
const errorOf = ({ error, reason }: ShownRun): string | undefined =>
  error && !reason?.includes(error.message) ? printable(`${error.name}: ${error.message}`) : undefined;

const attemptsOf = ({ attempts, attemptsLeft, crashes }: ShownRun): string =>
  [
    `${attempts} made`,
    ...(attemptsLeft === undefined ? [] : [`${attemptsLeft} left`]),
    ...(crashes > 0 ? [`${crashes} lost with a killed worker`] : []),
  ].join(", ");

const timesOf = (run: ShownRun, { now }: Terminal): readonly Fact[] => {
  const at = (instant: string | undefined) => instant && `${clock(instant)}  ${relative(instant, now)}`;
  const { startedAt, endedAt } = run;
  const length = startedAt && endedAt && `, took ${took(Date.parse(endedAt) - Date.parse(startedAt))}`;
  return [
    ["created", at(run.createdAt)],
    ["due", at(run.dueAt)],
    ["started", at(startedAt)],
    ["ended", endedAt && `${at(endedAt)}${length ?? ""}`],
    ["next attempt", at(run.nextAttemptAt)],
    ["leased until", at(run.leaseUntil)],
    ["expires", run.endedAt === undefined ? at(run.expiresAt) : undefined],
  ];
};
