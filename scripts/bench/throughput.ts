import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import type { Run } from "../../shared/core/runs/run.ts";
import type { Options } from "./options.ts";
import { countProcessorTime, type ProcessorTime } from "./processor-time.ts";
import { type Stack, withStack } from "./stack.ts";
import { count, processorTable } from "./table.ts";

export interface Throughput {
  readonly seconds: number;
  /** Runs that ended during the measurement. */
  readonly ended: number;
  readonly perMinute: number;
  /** Total, including the time before and after the measurement. */
  readonly enqueued: number;
  readonly succeeded: number;
  readonly retried: number;
  /** How often the feeder checked a lane's depth, and found it empty: workers may have been idle then. */
  readonly depthChecks: number;
  readonly emptyChecks: number;
  readonly processors: ProcessorTime;
}

/** Number of messages that the feeder keeps waiting on every lane. */
const waiting = 300;
/** Long enough to start every worker that the lanes allow. */
const warmUpMs = 8_000;

/** Measures the maximum rate of tracked runs on the embedded stack. */
export const measureThroughput = ({ seconds }: Pick<Options, "seconds">): Promise<Throughput> =>
  withStack("[]", async (stack) => {
    const feeder = stack.start(import.meta.resolve("./feeder.ts"), { waiting });
    await wait(warmUpMs);
    const from = Date.now();
    const processorTime = countProcessorTime();
    await wait(seconds * 1_000);
    const until = Date.now();
    const processors = processorTime();
    const { ids, depthChecks, emptyChecks } = feederReport.parse(await feeder.finish());
    const counts = countRuns(await endsOf(stack, ids), from, until);
    return {
      ...counts,
      seconds,
      depthChecks,
      emptyChecks,
      perMinute: (counts.ended / (until - from)) * 60_000,
      enqueued: ids.length,
      processors,
    };
  });

const feederReport = z.object({
  ids: z.array(z.string()),
  depthChecks: z.number(),
  emptyChecks: z.number(),
});

const endsOf = (stack: Stack, ids: readonly string[]): Promise<readonly Run[]> => stack.endOf(ids, 60_000);

const countRuns = (rows: readonly Run[], from: number, until: number) => ({
  ended: rows.filter((row) => "endedAt" in row && row.endedAt >= from && row.endedAt < until).length,
  succeeded: rows.filter(({ state }) => state === "succeeded").length,
  retried: rows.filter(({ claimCount }) => claimCount > 1).length,
});

export const describeThroughput = (result: Throughput): string =>
  [
    `**${count(result.perMinute)} tracked runs per minute** (${count(result.perMinute / 60)} a second) over ${result.seconds} s: ${count(result.ended)} rows ended.`,
    "",
    `Of ${count(result.enqueued)} runs enqueued, before and after included, ${count(result.succeeded)} succeeded, ${count(result.retried)} of them in more than one attempt, and ${count(result.enqueued - result.succeeded)} did not. A separate process enqueues by \`enqueueMany\` in hundreds and keeps about ${waiting} messages waiting on each of the four lanes, which it found empty at ${count(result.emptyChecks)} of ${count(result.depthChecks)} checks; each run is a row, a message, a claim, a handler that does nothing, and a settle; input of 110 bytes.`,
    "",
    processorTable(result.processors, result.perMinute / 60),
    "",
    limitOf(result.processors),
  ].join("\n");

const limitOf = ({ cores, uses, others, waiting }: ProcessorTime): string => {
  const ours = uses.reduce((sum, use) => sum + use.cores, 0);
  const [most] = [...uses].sort((a, b) => b.cores - a.cores);
  if (!most) return "";
  if (ours + others >= 0.9 * cores) {
    return `What limits it: the processors of this machine, which servers, functions and sender share; ${most.name} uses the most.`;
  }
  if (waiting >= 0.05 * cores) {
    return "What limits it: the processors, and the disk for which they wait: dynoxide commits every write to it.";
  }
  return most.cores / most.processes >= 0.9
    ? `What limits it: ${most.name}, a single process that has a core to itself.`
    : "What limits it: not the processors; the time that requests take, at the lanes' concurrency.";
};
