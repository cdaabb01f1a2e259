import { setTimeout as wait } from "node:timers/promises";
import { runId } from "../../shared/core/new-run.ts";
import { occurrenceKey } from "../../shared/core/occurrence.ts";
import type { Schedule } from "../../shared/core/schedule.ts";
import { startOf } from "./latency.ts";
import type { Options } from "./options.ts";
import { countProcessorTime, type ProcessorTime } from "./processor-time.ts";
import { eachMinute } from "./project/schedules.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { type Stack, withStack } from "./stack.ts";
import { count, processorTable, spreadCells, spreadHead, table } from "./table.ts";

export interface Lateness {
  readonly occurrences: number;
  readonly late: Spread;
  /** Occurrences whose handler was called before they were due. */
  readonly early: number;
  /** Occurrences that had not succeeded a minute after the last was due. */
  readonly missing: number;
  readonly processors: ProcessorTime;
}

export const measureLateness = async ({ occurrences }: Options): Promise<readonly Lateness[]> => {
  const measured: Lateness[] = [];
  for (const each of occurrences) measured.push(await measureMinute(each));
  return measured;
};

const minuteMs = 60_000;

/** A whole minute, with a tick in it. */
const measureMinute = (occurrences: number): Promise<Lateness> =>
  withStack(`make.eachMinute(${occurrences})`, async (stack) => {
    await sentAhead(stack, occurrences);
    const from = Math.ceil(Date.now() / 1_000) * 1_000 + 2_000;
    const processorTime = countProcessorTime();
    await wait(from + minuteMs - Date.now());
    const processors = processorTime();
    const due = new Map(eachMinute(occurrences).map((schedule) => dueOf(schedule, from)));
    const rows = await stack.endOf([...due.keys()], minuteMs);
    const late = rows.flatMap(startOf).map(([id, startedAt]) => startedAt - (due.get(id) ?? Number.NaN));
    return {
      ...{ occurrences, processors, late: spreadOf(late) },
      early: late.filter((ms) => ms < 0).length,
      missing: occurrences - late.length,
    };
  });

/** Until every schedule is stored and its first occurrences are sent, on a busy machine by a later tick. */
const sentAhead = async ({ ports }: Stack, occurrences: number): Promise<void> => {
  const deadline = Date.now() + 5 * minuteMs;
  while (Date.now() < deadline) {
    const rows = await ports.schedules.all();
    const ahead = rows.filter(({ nextAt = 0 }) => nextAt > Date.now() + minuteMs);
    if (ahead.length === occurrences) return;
    await wait(1_000);
  }
  throw new Error(`after five minutes the dispatcher had not got through ${occurrences} schedules once`);
};

/** The one occurrence of a schedule in the minute from `from` on: its run, and when it is due. */
const dueOf = ({ name, rule }: Schedule, from: number): readonly [string, number] => {
  const due = rule.next(new Date(from - 1))?.getTime() ?? Number.NaN;
  return [runId("noop", occurrenceKey(name, due)), due];
};

export const tellLateness = (measured: readonly Lateness[]): string =>
  [
    "From the instant an occurrence is due until its handler is called, over one minute in which a tick dispatches as many for the next; the occurrences are spread evenly over its 60 seconds, all on lane normal, whose two workers take them.",
    "",
    table(["occurrences per minute", ...spreadHead, "early", "missing"], measured.map(rowOf)),
    "",
    ...measured.flatMap(({ occurrences, processors }) => [
      `At ${count(occurrences)} a minute:`,
      "",
      processorTable(processors),
      "",
    ]),
  ].join("\n");

const rowOf = ({ occurrences, late, early, missing }: Lateness): readonly string[] => [
  count(occurrences),
  ...spreadCells(late),
  count(early),
  count(missing),
];
