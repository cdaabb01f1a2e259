import type { ShownAttempt } from "../../shared/operations/runs/run-history.ts";
import type { Terminal } from "../terminal/io.ts";
import { printable } from "../terminal/printable.ts";
import { clock, took } from "../terminal/time.ts";

/**
 * Lists the attempts of a run, one below the other: when each started, how long it took, its worker and its error.
 * Empty when a single attempt succeeded or is running, because the facts of the run already say so.
 */
export const attemptLines = (history: readonly ShownAttempt[], screen: Terminal): readonly string[] => {
  const [first, ...more] = history;
  const isPlain =
    more.length === 0 && (!first || first.outcome === "succeeded" || first.outcome === "running");
  if (isPlain) return [];
  const lines = history.flatMap((attempt, i) => linesOf(attempt, history.slice(0, i), screen));
  return [`  ${screen.paint("dim", "history")}`, ...lines];
};

const numberWidth = 5;
const indent = " ".repeat(numberWidth + 2);

const linesOf = (
  attempt: ShownAttempt,
  before: readonly ShownAttempt[],
  screen: Terminal,
): readonly string[] => {
  const { number, outcome, worker } = attempt;
  const facts = [...timesOf(attempt), ...redriveOf(attempt), ...remarkOf(attempt)].join(", ");
  const head = `${String(number).padStart(numberWidth)}  ${screen.paint(styles[outcome], outcome.padEnd(9))}  ${facts}`;
  return [
    head.trimEnd(),
    ...(worker === undefined ? [] : [screen.paint("dim", `${indent}worker ${printable(worker)}`)]),
    ...errorLines(attempt, before, screen),
  ];
};

const styles = {
  succeeded: "green",
  running: "cyan",
  failed: "red",
  "timed-out": "red",
  killed: "red",
  lost: "yellow",
  cancelled: "dim",
} as const;

const timesOf = ({ startedAt, tookMs }: ShownAttempt): readonly string[] => [
  ...(startedAt === undefined ? [] : [clock(startedAt)]),
  ...(tookMs === undefined ? [] : [`took ${took(tookMs)}`]),
];

const redriveOf = ({ generation = 1 }: ShownAttempt): readonly string[] =>
  generation > 1 ? [`redrive ${generation - 1}`] : [];

const remarkOf = ({ outcome }: ShownAttempt): readonly string[] => {
  if (outcome === "killed") return ["its worker was killed"];
  return outcome === "lost" ? ["nothing recorded: its worker was killed or could not write"] : [];
};

/** Shows an error that an earlier attempt also had only once. */
const errorLines = (
  { error }: ShownAttempt,
  before: readonly ShownAttempt[],
  screen: Terminal,
): readonly string[] => {
  if (!error) return [];
  const text = JSON.stringify(error);
  const same = before.find((other) => JSON.stringify(other.error) === text);
  if (same) return wrapped(`${titleOf(error)} (as in attempt ${same.number})`, screen);
  return [
    ...causeLines(error, "", screen),
    ...(error.causes ?? []).flatMap((cause) => causeLines(cause, "cause: ", screen)),
  ];
};

type Cause = Omit<NonNullable<ShownAttempt["error"]>, "causes">;

const causeLines = (cause: Cause, label: string, screen: Terminal): readonly string[] => [
  ...wrapped(`${label}${titleOf(cause)}`, screen),
  ...(cause.stack ?? "")
    .split("\n")
    .filter((frame) => frame !== "")
    .map((frame) => screen.paint("dim", `${indent}  ${printable(frame)}`)),
];

const titleOf = ({ name, message, code }: Cause): string =>
  printable([`${name}: ${message}`, ...(code === undefined ? [] : [`[${code}]`])].join(" "));

/** Wraps at spaces so that each line fits the screen. A longer word stays whole. */
const wrapped = (text: string, { columns }: Terminal): readonly string[] => {
  const width = Math.min(columns, 100) - indent.length;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => indent + line);
};
