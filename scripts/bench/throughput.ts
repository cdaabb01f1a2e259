import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import type { Run } from "../../shared/core/runs/run.ts";
import type { Options } from "./options.ts";
import { countProcessorTime, type ProcessorTime } from "./processor-time.ts";
import { type Stack, withStack } from "./stack.ts";
import { count, processorTable } from "./table.ts";

export interface Throughput {
  readonly seconds: number;
  /** Runs that ended in the time measured. */
  readonly ended: number;
  readonly perMinute: number;
  /** Over the whole of it, the time before and after included. */
  readonly enqueued: number;
  readonly succeeded: number;
  readonly retried: number;
  /** How often the feeder looked at a lane, and found nothing waiting there: each time workers may have been idle. */
  readonly depthChecks: number;
  readonly emptyChecks: number;
  readonly processors: ProcessorTime;
}

/** Messages that the feeder keeps waiting on every lane. */
const waiting = 300;
/** Until every worker that the lanes allow has been started. */
const warmUpMs = 8_000;

/** As many tracked runs as the embedded stack can do, for a while. */
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
    `Of ${count(result.enqueued)} runs enqueued, before and after included, ${count(result.succeeded)} succeeded, ${count(result.retried)} of them in more than one attempt, and ${count(result.enqueued - result.succeeded)} did not. A process of its own enqueues by \`enqueueMany\` in hundreds and keeps some ${waiting} messages waiting on each of the four lanes, which it found empty at ${count(result.emptyChecks)} of ${count(result.depthChecks)} looks; each run is a row, a message, a claim, a handler that does nothing, and a settle; input of 110 bytes.`,
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
    return `What limits it: the processors of this machine, which servers, functions and sender share; most of them goes to ${most.name}.`;
  }
  if (waiting >= 0.05 * cores) {
    return "What limits it: the processors, and the disk for which they wait: dynoxide commits every write to it.";
  }
  return most.cores / most.processes >= 0.9
    ? `What limits it: ${most.name}, a single process that has a core to itself.`
    : "What limits it: not the processors; the time that requests take, at the lanes' concurrency.";
};
