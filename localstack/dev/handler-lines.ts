import { stripVTControlCharacters } from "node:util";
import * as z from "zod";
import { type Color, color } from "./color.ts";
import { printable } from "./printable.ts";

/** A log line of a handler: by its `context.log`, or by the console. Only these name the attempt. */
const handlerLine = z.looseObject({
  level: z.string(),
  message: z.string(),
  run: z.string(),
  job: z.string(),
  attempt: z.number(),
  error: z.looseObject({ message: z.string(), stack: z.string().optional() }).optional().catch(undefined),
});
type HandlerLine = z.infer<typeof handlerLine>;

/** Formats a handler's log line for the terminal, each line after the run's id; undefined for another line. */
export const handlerLines = (json: unknown, isColored: boolean): readonly string[] | undefined => {
  const { success, data } = handlerLine.safeParse(json);
  if (!success) return undefined;
  const id = printable(data.run.startsWith(`${data.job}:`) ? data.run : `${data.job} ${data.run}`);
  const start = color(isColored, colorOf(data.run), `│ ${id}`);
  const [first = "", ...rest] = textOf(data).map((text) => colored(text, data.level, isColored));
  const facts = color(isColored, "dim", factsOf(data));
  return [[first, facts].filter((part) => part !== "").join("  "), ...rest].map(
    (text) => `${start}  ${text}`,
  );
};

/** The message and, after an error, its stack down to the last line of a job. */
const textOf = ({ message, error }: HandlerLine): readonly string[] =>
  [message, ...(error ? [error.stack ?? error.message] : [])]
    .flatMap((text) => stripVTControlCharacters(text).split("\n"))
    .map((text) => printable(text.replaceAll("\t", "  ")));

const colored = (text: string, level: string, isColored: boolean): string => {
  if (level === "WARN") return color(isColored, "yellow", text);
  return level === "ERROR" || level === "CRITICAL" ? color(isColored, "red", text) : text;
};

/** The keys that the logger adds, and those that are shown otherwise. */
const shownElsewhere = new Set([
  ..."level message timestamp service sampling_rate xray_trace_id tenant_id".split(" "),
  ..."cold_start function_arn function_memory_size function_name function_request_id".split(" "),
  ..."run job attempt error console".split(" "),
]);

const factsOf = (line: HandlerLine): string =>
  Object.entries(line)
    .filter(([key]) => !shownElsewhere.has(key))
    .map(([key, value]) => `${printable(key)}=${printable(JSON.stringify(value) ?? "")}`)
    .join(" ");

const runColors: readonly Color[] = ["cyan", "magenta", "blue", "green", "yellow"];

/** The same color for all lines of a run. */
const colorOf = (run: string): Color => {
  const sum = [...run].reduce((all, letter) => (all * 31 + (letter.codePointAt(0) ?? 0)) % 65_536, 7);
  return runColors[sum % runColors.length] ?? "cyan";
};
