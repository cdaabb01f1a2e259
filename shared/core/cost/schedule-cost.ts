import { prices } from "./prices.ts";

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

/** Write units of a row up to 1 KB; test/aws/dynamodb/store.write-units.slow.test.ts counts them. */
const writeUnits = {
  /** Create 2, the `list` index among them; claim 1; settle 1. */
  run: 4,
  /** The counts of its minute, once per batch. */
  batch: 1,
  /** Enter, leave and re-enter the timer index. */
  parked: 5,
  /** Advance 1, the move in the timer index 2, ledger 1. */
  advance: 4,
} as const;

/** Read units: the sweeper reads a run, and the worker its schedule; an advance reads its row. */
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

/** What a volume of runs costs on top of the idle pipeline. */
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

const withTotal = (parts: Omit<Cost, "total">): Cost => ({
  ...parts,
  total: parts.writes + parts.reads + parts.requests + parts.compute + parts.logs,
});
