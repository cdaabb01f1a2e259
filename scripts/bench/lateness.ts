import { setTimeout as wait } from "node:timers/promises";
import { occurrenceRunId } from "../../shared/core/schedules/occurrence.ts";
import type { Schedule } from "../../shared/core/schedules/schedule.ts";
import type { Ports } from "../../shared/ports/index.ts";
import { endOf, pauseBetweenReads } from "./end-of.ts";
import { startOf } from "./latency.ts";
import type { Options } from "./options.ts";
import { countProcessorTime, type ProcessorTime } from "./processor-time.ts";
import { eachMinute } from "./project/schedules.ts";
import { type PlaceName, places } from "./scheduled.ts";
import type { ScheduledPipeline } from "./scheduled-pipeline.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { count, processorTable, spreadCells, spreadHead, table } from "./table.ts";

export interface Lateness extends Pick<ScheduledPipeline, "on" | "workers"> {
  readonly place: PlaceName;
  readonly occurrences: number;
  readonly late: Spread;
  /** Occurrences whose handler was called before they were due. */
  readonly early: number;
  /** Occurrences that had not succeeded a minute after the last was due. */
  readonly missing: number;
  /** Schedules that were not dispatched a minute ahead when the measurement began, in spite of the wait. */
  readonly behind: number;
  readonly processors: ProcessorTime;
}

export const measureLateness = async ({ occurrences, on }: Options): Promise<readonly Lateness[]> => {
  const measured: Lateness[] = [];
  for (const place of on) {
    for (const each of occurrences) measured.push(await measureMinute(place, each));
  }
  return measured;
};

const minuteMs = 60_000;

/** Measures a whole minute, which includes a tick. */
const measureMinute = (place: PlaceName, occurrences: number): Promise<Lateness> =>
  places[place](occurrences, async ({ ports, on, workers }) => {
    const behind = await waitUntilAhead(ports, occurrences);
    const from = Math.ceil(Date.now() / 1_000) * 1_000 + 2_000;
    const processorTime = countProcessorTime();
    await wait(from + minuteMs - Date.now());
    const processors = processorTime();
    const due = new Map(eachMinute(occurrences).map((schedule) => dueOf(schedule, from)));
    const rows = await endOf(ports, [...due.keys()], minuteMs);
    const late = rows.flatMap(startOf).map(([id, startedAt]) => startedAt - (due.get(id) ?? Number.NaN));
    return {
      place,
      on,
      workers,
      occurrences,
      behind,
      processors,
      late: spreadOf(late),
      early: late.filter((ms) => ms < 0).length,
      missing: occurrences - late.length,
    };
  });

const maxWaitMinutes = 5;

/**
 * Waits until every schedule is stored and its first occurrences are sent, at most `maxWaitMinutes`. A busy machine may
 * need a second tick. @returns how many schedules are still behind
 */
const waitUntilAhead = async ({ schedules }: Ports, occurrences: number): Promise<number> => {
  const deadline = Date.now() + maxWaitMinutes * minuteMs;
  for (;;) {
    const from = Date.now();
    const rows = await schedules.all();
    const ahead = rows.filter(({ nextFireAt = 0 }) => nextFireAt > Date.now() + minuteMs);
    if (ahead.length === occurrences || Date.now() > deadline) return occurrences - ahead.length;
    await pauseBetweenReads(from);
  }
};

/** The single occurrence of a schedule in the minute after `from`: its run, and when it is due. */
const dueOf = ({ name, rule }: Schedule, from: number): readonly [string, number] => {
  const due = rule.next(new Date(from - 1))?.getTime() ?? Number.NaN;
  return [occurrenceRunId("noop", name, due), due];
};

export const describeLateness = (measured: readonly Lateness[]): string =>
  [
    "From the instant an occurrence is due until its handler is called, over one minute in which a tick dispatches as many for the next; the occurrences are spread evenly over its 60 seconds, all on lane normal.",
    ...new Set(measured.map(({ workers }) => workers)),
    "",
    table(["where", "occurrences per minute", ...spreadHead, "early", "missing"], measured.map(rowOf)),
    "",
    ...measured.flatMap(shortOf),
    ...measured.flatMap(processorsOf),
  ].join("\n");

/** Notes when the load exceeded what the dispatcher could handle. */
const shortOf = ({ on, occurrences, behind }: Lateness): readonly string[] =>
  behind > 0
    ? [
        `At ${count(occurrences)} a minute on ${on}, the dispatcher was behind: after ${maxWaitMinutes} minutes, when the measure began, ${count(behind)} schedules were not a minute ahead.`,
        "",
      ]
    : [];

const processorsOf = ({ place, occurrences, processors }: Lateness): readonly string[] =>
  place === "embedded" ? [`At ${count(occurrences)} a minute:`, "", processorTable(processors), ""] : [];

const rowOf = ({ on, occurrences, late, early, missing }: Lateness): readonly string[] => [
  on,
  count(occurrences),
  ...spreadCells(late),
  count(early),
  count(missing),
];
