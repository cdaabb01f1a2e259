import * as z from "zod";
import type { LogLine } from "../embedded/log-line.ts";
import { color } from "./color.ts";
import { handlerLines } from "./handler-lines.ts";
import { printable } from "./printable.ts";

/** The log line of one attempt of a run. */
const runLine = z.object({
  message: z.literal("run"),
  run: z.string(),
  lane: z.string(),
  state: z.string(),
  attempt: z.number().optional(),
  waitMs: z.number().optional(),
  tookMs: z.number().optional(),
  reason: z.string().optional(),
  retryAt: z.union([z.number(), z.string()]).optional(),
});
type RunLine = z.infer<typeof runLine>;

const logLine = z.object({
  level: z.string(),
  message: z.string(),
  error: z
    .union([z.string(), z.object({ message: z.string(), stack: z.string().optional() })])
    .optional()
    .catch(undefined),
  /** Why a message was refused. */
  reason: z.string().optional().catch(undefined),
});
type StructuredLog = z.infer<typeof logLine>;

export interface ReportOptions {
  readonly isColored: boolean;
  /** Also prints log lines of level INFO. */
  readonly isVerbose: boolean;
}

/**
 * Formats a function's output for the terminal: one line per attempt, what its handler logs and prints, warnings of ours,
 * and plain output. Skips other lines.
 */
export const report = (line: LogLine, at: Date, options: ReportOptions): string | undefined => {
  const json = parsed(line.text);
  const run = runLine.safeParse(json);
  if (run.success) return `${clockTime(at)}  ${formatRun(run.data, options.isColored)}`;
  const handlerText = options.isVerbose ? undefined : handlerLines(json, options.isColored);
  if (handlerText) {
    const start = `${clockTime(at)}  ${column(shortName(line.from), 8)}`;
    return handlerText.map((text) => `${start}  ${text}`).join("\n");
  }
  const text = formatLog(line, json, options);
  return text && `${clockTime(at)}  ${column(shortName(line.from), 8)}  ${text}`;
};

/** How long a warning that each tick repeats is not printed again. */
const repeatMs = 10 * 60_000;

/** Formats lines as `report` does, and skips what the dispatcher and the sweeper repeat at every tick. */
export const createReport = (options: ReportOptions): ((line: LogLine, at: Date) => string | undefined) => {
  const printedAt = new Map<string, number>();
  return (line, at) => {
    const text = report(line, at, options);
    const isTick = ["dispatcher", "sweeper"].includes(shortName(line.from)) && line.stream !== "host";
    if (text === undefined || !isTick || options.isVerbose) return text;
    const withoutTime = text.slice(clockTime(at).length);
    const before = printedAt.get(withoutTime);
    if (before !== undefined && at.getTime() - before < repeatMs) return undefined;
    printedAt.set(withoutTime, at.getTime());
    return text;
  };
};

/** A line of the command itself. @param from such as `dev` */
export const ownLine = (from: string, text: string, at: Date): string =>
  `${clockTime(at)}  ${column(from, 8)}  ${text}`;

const formatRun = (run: RunLine, isColored: boolean): string => {
  const facts = [
    column(run.lane, 8),
    color(isColored, colorOf(run.state), column(run.state, 9)),
    `waited ${duration(run.waitMs)}`,
    `took ${duration(run.tookMs)}`,
    printable(run.run),
  ];
  return [...facts, color(isColored, "dim", remark(run))].join("  ").trimEnd();
};

const colorOf = (state: string) =>
  state === "succeeded"
    ? "green"
    : state === "dead" || state === "crashed"
      ? "red"
      : state === "retry"
        ? "yellow"
        : "dim";

/** The attempt's number, unless the first one ended the run, and what follows. */
const remark = ({ state, attempt = 1, reason, retryAt }: RunLine): string => {
  const parts = [
    attempt > 1 || state === "retry" || state === "crashed" ? `attempt ${attempt}` : "",
    retryAt === undefined ? "" : `retry at ${clockTime(new Date(retryAt))}`,
    reason === undefined ? "" : printable(reason),
  ];
  return parts.filter((part) => part !== "").join(", ");
};

const formatLog = (
  line: LogLine,
  json: unknown,
  { isColored, isVerbose }: ReportOptions,
): string | undefined => {
  if (isVerbose) return printable(line.text);
  if (line.stream === "host") return color(isColored, "yellow", printable(line.text));
  if (json === undefined) return printable(line.text) || undefined;
  const log = logLine.safeParse(json);
  if (!log.success || !["WARN", "ERROR", "CRITICAL"].includes(log.data.level)) return undefined;
  const { level, message } = log.data;
  const text = [message, causeOf(log.data)].filter((part) => part !== "").join(": ");
  return color(isColored, level === "WARN" ? "yellow" : "red", `${level.toLowerCase()}  ${printable(text)}`);
};

/** The error's message, with the first stack frame that is in a job. */
const causeOf = ({ error, reason = "" }: StructuredLog): string => {
  if (typeof error !== "object") return error ?? reason;
  const frame = (error.stack ?? "").split("\n").find((line) => /^at .*\bjobs\//.test(line)) ?? "";
  return [error.message, frame].filter((part) => part !== "").join(", ");
};

const parsed = (text: string): unknown => {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** `millrace-local-worker-normal` → `normal`. */
const shortName = (name: string): string => name.replace(/^millrace-local-(worker-)?/, "");

const column = (text: string, width: number): string => printable(text).padEnd(width);

const clockTime = (at: Date): string => at.toTimeString().slice(0, 8);

const duration = (ms: number | undefined): string => {
  if (ms === undefined) return "      –";
  const [count, unit] =
    ms < 1_000 ? [Math.round(ms), "ms"] : ms < 60_000 ? [seconds(ms), "s"] : [minutes(ms), "min"];
  return `${count} ${unit}`.padStart(7);
};

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
const minutes = (ms: number): string => (ms / 60_000).toFixed(1);
