import * as z from "zod";
import type { Run } from "../../shared/core/runs/run.ts";
import type { Options } from "./options.ts";
import { countProcessorTime, type ProcessorTime } from "./processor-time.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { type Stack, withStack } from "./stack.ts";
import { count, decimal, processorTable, spreadCells, spreadHead, table } from "./table.ts";

export interface Load {
  readonly part: number;
  readonly perMinute: number;
  readonly arrived: number;
  /** Arrivals that did not succeed. */
  readonly failed: number;
  /** The errors of failed calls of `enqueue`. */
  readonly problems: readonly string[];
  readonly accepted: Spread;
  readonly started: Spread;
  readonly done: Spread;
  readonly processors: ProcessorTime;
}

export interface Latency {
  readonly capacity: number;
  readonly seconds: number;
  readonly loads: readonly Load[];
}

export const measureLatency = async (options: Options): Promise<Latency> => {
  const capacity = await options.capacity();
  const loads = await withStack("[]", async (stack) => {
    // Warms up until all workers that the lanes allow are running.
    await generateLoad(stack, capacity / 2 / 60, 8);
    const measured: Load[] = [];
    for (const part of options.loads) measured.push(await measureLoad(stack, { ...options, part, capacity }));
    return measured;
  });
  return { capacity, seconds: options.seconds, loads };
};

interface Wanted extends Pick<Options, "seconds"> {
  readonly part: number;
  readonly capacity: number;
}

const measureLoad = async (stack: Stack, { seconds, part, capacity }: Wanted): Promise<Load> => {
  const perMinute = capacity * part;
  const processorTime = countProcessorTime();
  const arrivals = await generateLoad(stack, perMinute / 60, seconds);
  const processors = processorTime();
  const sent = arrivals.flatMap((arrival) => ("id" in arrival ? [arrival] : []));
  const rows = await stack.endOf(
    sent.map(({ id }) => id),
    60_000,
  );
  const times = await timesOf(stack, sent, rows);
  const problems = arrivals.flatMap((arrival) => ("problem" in arrival ? [arrival.problem] : []));
  return {
    part,
    perMinute,
    processors,
    problems,
    arrived: arrivals.length,
    failed: arrivals.length - times.length,
    accepted: spreadOf(times.map(({ accepted }) => accepted)),
    started: spreadOf(times.map(({ started }) => started)),
    done: spreadOf(times.map(({ done }) => done)),
  };
};

const arrivalsSchema = z.array(
  z.union([
    z.object({ id: z.string(), intendedAt: z.number(), acceptedAt: z.number() }),
    z.object({ intendedAt: z.number(), problem: z.string() }),
  ]),
);
type Arrival = z.infer<typeof arrivalsSchema>[number];

const generateLoad = async (
  stack: Stack,
  perSecond: number,
  seconds: number,
): Promise<readonly Arrival[]> => {
  const generator = stack.start(import.meta.resolve("./arrivals.ts"), { perSecond, seconds });
  return arrivalsSchema.parse(await generator.nextMessage());
};

/** Times since the instant at which a run was meant to be sent: its start from its row, its settling from the log. */
const timesOf = async (
  stack: Stack,
  sent: readonly Extract<Arrival, { id: string }>[],
  rows: readonly Run[],
) => {
  const started = new Map(rows.flatMap((row) => startOf(row)));
  const settled = new Map(
    (await stack.lines()).flatMap(({ run, timestamp }) =>
      run === undefined || timestamp === undefined ? [] : [[run, Date.parse(timestamp)] as const],
    ),
  );
  return sent.flatMap(({ id, intendedAt, acceptedAt }) => {
    const [startedAt, settledAt] = [started.get(id), settled.get(id)];
    if (startedAt === undefined || settledAt === undefined) return [];
    return [
      { accepted: acceptedAt - intendedAt, started: startedAt - intendedAt, done: settledAt - intendedAt },
    ];
  });
};

/** The handler returns the time at which it was called. */
export const startOf = (row: Run): readonly (readonly [string, number])[] =>
  row.state === "succeeded" && row.result !== undefined ? [[row.id, Number(row.result)]] : [];

export const describeLatency = ({ capacity, seconds, loads }: Latency): string =>
  [
    `Runs arrive at random (Poisson) for ${seconds} s at fractions of ${count(capacity)} a minute, each by its own \`enqueue\` in another process that does not wait for earlier ones. Times start at the instant when a run was meant to be sent. *accepted*: \`enqueue\` has returned; *started*: the handler is called; *done*: the run is settled.`,
    "",
    table(["load", "arrived", "not succeeded", "until", ...spreadHead], loads.flatMap(rowsOf)),
    "",
    ...loads.flatMap((load) => [
      `At ${nameOf(load)}:`,
      "",
      processorTable(load.processors),
      "",
      ...problemsOf(load),
    ]),
  ].join("\n");

const problemsOf = ({ problems }: Load): readonly string[] =>
  problems.length > 0
    ? [`${count(problems.length)} calls of \`enqueue\` failed, the first with ${problems[0]}`, ""]
    : [];

const nameOf = ({ part, perMinute }: Load): string => `${decimal(part * 100)} %, ${count(perMinute)}/min`;

const rowsOf = (load: Load): readonly (readonly string[])[] => {
  const facts = [nameOf(load), count(load.arrived), count(load.failed)];
  return [
    [...facts, "accepted", ...spreadCells(load.accepted)],
    ["", "", "", "started", ...spreadCells(load.started)],
    ["", "", "", "done", ...spreadCells(load.done)],
  ];
};
