import { lanes } from "./lane.ts";
import { dueShards } from "./shard.ts";

/** When the prices below were read. */
export const pricedOn = "2026-11-21";

/**
 * Dollars in us-east-1: list prices without free tiers. DynamoDB on demand since its cut of 2024-11-01 (AWS Database
 * Blog, "New Amazon DynamoDB lowers pricing for on-demand throughput"); Lambda on arm64 (aws.amazon.com/lambda/pricing);
 * SQS standard queues (cloudburn.io/blog/amazon-sqs-pricing, 2026-03); logs (AWS Compute Blog, tiers of 2025-05-01).
 */
const prices = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  sqsRequest: 0.4e-6,
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: 13.3334e-6,
  logGb: 0.5,
} as const;

/** What no schedule says, and the bill depends on. */
export interface Assumptions {
  /** Runs that share a receive, a delete and an invocation. 10 is the most, and 1 what a lone schedule gets. */
  readonly batch: number;
  /** Memory of a worker: what `infra/stages.ts` gives prod. */
  readonly memoryGb: number;
  /** Work of one run, and what an invocation takes besides. */
  readonly workSeconds: number;
  readonly overheadSeconds: number;
  /** Lines of the run and of Lambda's own. */
  readonly logKb: number;
}

export const usualAssumptions: Assumptions = {
  batch: 1,
  memoryGb: 1,
  workSeconds: 0.1,
  overheadSeconds: 0.02,
  logKb: 0.5,
};

/** What a schedule does in some time. */
export interface Volume {
  readonly runs: number;
  /** Times its row moves on: at most once per tick, however many instants that covers. */
  readonly advances: number;
  /** Runs that wait in the table first, being due later than SQS can delay a message. */
  readonly parked?: number;
}

/** Write units of a row up to 1 KB; test/aws/write-units.slow.test.ts counts them. */
const writeUnits = {
  /** Create 2, the `list` index among them; claim 1; settle 1. */
  run: 4,
  /** The counts of its minute, once per batch. */
  batch: 1,
  /** Enter, leave and re-enter the due index. */
  parked: 5,
  /** Advance 1, the move in the due index 2, ledger 1. */
  advance: 4,
} as const;

/** Read units: a run is looked at by the sweeper, and its schedule by the worker; an advance reads its row. */
const readUnits = { run: 2, advance: 1 } as const;

/** Send, receive, delete. */
const requestsPerBatch = 3;

/** Dollars, by what they are paid for. */
export interface Cost {
  readonly writes: number;
  readonly reads: number;
  readonly requests: number;
  readonly compute: number;
  readonly logs: number;
  readonly total: number;
}

/** What a volume of runs costs on top of the pipeline that stands there anyway. */
export const costOf = (
  { runs, advances, parked = 0 }: Volume,
  assumed: Assumptions = usualAssumptions,
): Cost => {
  const { batch, memoryGb, workSeconds, overheadSeconds, logKb } = assumed;
  const batches = runs / batch;
  const writes =
    writeUnits.run * runs +
    writeUnits.batch * batches +
    writeUnits.parked * parked +
    writeUnits.advance * advances;
  const gbSeconds = memoryGb * (workSeconds * runs + overheadSeconds * batches);
  return withTotal({
    writes: writes * prices.writeUnit,
    reads: (readUnits.run * runs + readUnits.advance * advances) * prices.readUnit,
    requests: requestsPerBatch * batches * prices.sqsRequest,
    compute: batches * prices.lambdaRequest + gbSeconds * prices.lambdaGbSecond,
    logs: ((runs * logKb) / 1_000_000) * prices.logGb,
  });
};

const minutesPerMonth = 30 * 24 * 60;

/** A lane's mapping never falls below 5 pollers while its concurrency is limited, each polling every 20 seconds. */
const pollsPerLaneMinute = 5 * 3;

/** The dispatcher and the sweeper, half a second each (an assumption). */
const ticks = { functions: 2, seconds: 0.5 } as const;

/** An eventually consistent query that finds nothing. One per minute, shard and due list: each lane's, and the parked. */
const emptyQueryUnits = 0.5;
const dueQueries = dueShards * (lanes.length + 1);

/** What a pipeline costs per month that has nothing to do. Alarms, metrics and a key of its own come on top. */
export const idleCost = ({ memoryGb }: Pick<Assumptions, "memoryGb"> = usualAssumptions): Cost =>
  withTotal({
    writes: 0,
    reads: minutesPerMonth * dueQueries * emptyQueryUnits * prices.readUnit,
    requests: minutesPerMonth * lanes.length * pollsPerLaneMinute * prices.sqsRequest,
    compute:
      minutesPerMonth *
      ticks.functions *
      (prices.lambdaRequest + ticks.seconds * memoryGb * prices.lambdaGbSecond),
    logs: 0,
  });

const withTotal = (parts: Omit<Cost, "total">): Cost => ({
  ...parts,
  total: parts.writes + parts.reads + parts.requests + parts.compute + parts.logs,
});
