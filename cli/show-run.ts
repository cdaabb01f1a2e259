import type { ShownRun } from "../shared/pipeline/operations/show-run.ts";
import type { Screen } from "./io.ts";
import { readableJson } from "./json.ts";
import { styleOf } from "./paint.ts";
import { printable } from "./printable.ts";
import { clock, relative, took } from "./time.ts";

/** One run as a page: facts, then input and result. */
export const viewRun = (run: ShownRun, screen: Screen): string => {
  const { paint } = screen;
  const title = `${paint("bold", printable(run.id))}  ${paint(styleOf(run.state), run.state)}`;
  const lines = factsOf(run, screen).flatMap(([name, text]) =>
    text === undefined ? [] : [`  ${paint("dim", name.padEnd(nameWidth))}${text}`],
  );
  return [title, ...lines].join("\n");
};

const nameWidth = 12;

type Fact = readonly [name: string, text: string | undefined];

const factsOf = (run: ShownRun, screen: Screen): readonly Fact[] => [
  ["why", run.reason && printable(run.reason)],
  ["error", errorOf(run)],
  ["job", run.job],
  ["lane", run.lane],
  ["schedule", run.schedule],
  ["tenant", run.tenant && printable(run.tenant)],
  ["tags", run.tags && printable(run.tags.join(", "))],
  ["attempts", attemptsOf(run)],
  ["redrives", run.generation > 1 && run.state !== "dead" ? String(run.generation - 1) : undefined],
  ...timesOf(run, screen),
  ["input", value(run.input, run.inputNote, screen)],
  ["result", value(run.result, run.resultNote, screen)],
];

/** Unless the reason says the same. */
const errorOf = ({ error, reason }: ShownRun): string | undefined =>
  error && !reason?.includes(error.message) ? printable(`${error.name}: ${error.message}`) : undefined;

const attemptsOf = ({ attempts, attemptsLeft, crashes }: ShownRun): string =>
  [
    `${attempts} made`,
    ...(attemptsLeft === undefined ? [] : [`${attemptsLeft} left`]),
    ...(crashes > 0 ? [`${crashes} ended with the worker killed`] : []),
  ].join(", ");

const timesOf = (run: ShownRun, { now }: Screen): readonly Fact[] => {
  const at = (instant: string | undefined) => instant && `${clock(instant)}  ${relative(instant, now)}`;
  const { startedAt, endedAt } = run;
  const length = startedAt && endedAt && `, took ${took(Date.parse(endedAt) - Date.parse(startedAt))}`;
  return [
    ["created", at(run.createdAt)],
    ["due", at(run.dueAt)],
    ["started", at(startedAt)],
    ["ended", endedAt && `${at(endedAt)}${length ?? ""}`],
    ["next try", at(run.nextAttemptAt)],
    ["leased until", at(run.leaseUntil)],
    ["expires", run.endedAt === undefined ? at(run.expiresAt) : undefined],
  ];
};

const value = (part: unknown, note: string | undefined, { columns }: Screen): string | undefined => {
  if (note !== undefined) return note;
  if (part === undefined) return undefined;
  const width = Math.min(columns, 100) - nameWidth - 2;
  const lines = readableJson(part, width).split("\n").map(printable);
  return lines.join(`\n${" ".repeat(nameWidth + 2)}`);
};
