import { CronExpressionParser } from "cron-parser";
import { Cron } from "croner";
import { cron } from "../../shared/core/rules/cron/cron.ts";
import { count, table } from "./table.ts";

const expressions = [
  ["*/5 * * * *", "UTC"],
  ["0 9 * * 1-5", "Europe/Madrid"],
  ["30 2 * * *", "America/New_York"],
  ["0 0 29 2 *", "UTC"],
] as const;

/** Returns the first due instant after another, if any. */
type Next = (after: Date) => Date | null | undefined;

interface Library {
  readonly name: string;
  next(expression: string, zone: string): Next;
}

export interface CronSpeed {
  readonly expression: string;
  readonly zone: string;
  /** Calls of `next` per second, by library. */
  readonly perSecond: Readonly<Record<string, number>>;
}

export const measureCron = async (): Promise<readonly CronSpeed[]> =>
  expressions.map(([expression, zone]) => ({
    expression,
    zone,
    perSecond: Object.fromEntries(
      libraries.map((library) => [library.name, callsPerSecond(library.next(expression, zone))]),
    ),
  }));

const forMs = 500;
const firstDay = new Date("2026-01-01T00:00:00Z");
const lastDay = new Date("2060-01-01T00:00:00Z");

const callsPerSecond = (next: Next): number => {
  walk(next, 50);
  const from = performance.now();
  const calls = walk(next, forMs);
  return (calls / (performance.now() - from)) * 1_000;
};

/** Steps through the years from each instant to the next, repeatedly. */
const walk = (next: Next, ms: number): number => {
  const until = performance.now() + ms;
  let at = firstDay;
  let calls = 0;
  while (performance.now() < until) {
    at = next(at) ?? firstDay;
    if (at > lastDay) at = firstDay;
    calls++;
  }
  return calls;
};

const millrace: Library = {
  name: "millrace",
  next: (expression, zone) => {
    const rule = cron(expression, zone);
    return (after) => rule.next(after);
  },
};

const croner: Library = {
  name: "croner",
  next: (expression, zone) => {
    const job = new Cron(expression, { timezone: zone, paused: true });
    return (after) => job.nextRun(after);
  },
};

const cronParser: Library = {
  name: "cron-parser",
  next: (expression, zone) => {
    const iterator = CronExpressionParser.parse(expression, { tz: zone });
    return (after) => {
      iterator.reset(after);
      return iterator.next().toDate();
    };
  },
};

const libraries = [millrace, croner, cronParser];

export const describeCron = (speeds: readonly CronSpeed[]): string => {
  const names = libraries.map(({ name }) => name);
  const rows = speeds.map(({ expression, zone, perSecond }) => [
    `\`${expression}\` ${zone}`,
    ...names.map((name) => count(perSecond[name] ?? Number.NaN)),
  ]);
  return [
    "Calls of `next()` per second, each from the instant before, from 2026 through 2059; each expression is parsed once.",
    "",
    table(["expression", ...names], rows),
  ].join("\n");
};
