import { lanes } from "../lane.ts";
import { dueShards, listShards } from "../shard.ts";
import type { IdleShape } from "./idle-shape.ts";
import { idleShapes } from "./idle-shapes.ts";
import { minutesPerMonth, prices } from "./prices.ts";

interface IdleItem {
  readonly item: string;
  /** How the price comes about. */
  readonly quantity: string;
  /** A month of 30 days. */
  readonly dollars: number;
}

export interface IdleCost {
  readonly stage: string;
  readonly items: readonly IdleItem[];
  readonly dollars: number;
}

/** Five pollers of each mapping ask every 20 seconds, and never fewer while its concurrency is limited. */
const pollsPerMinute = 5 * 3;

/**
 * What one tick and one sweep ask for when there is nothing to do; test/aws/dynamodb/store.idle-units.slow.test.ts counts it. A query
 * of an index that finds nothing is half a read unit.
 */
export const idleUnits = {
  /** A query for each shard of each lane's due list and of the parked runs. */
  tick: { reads: (dueShards * (lanes.length + 1)) / 2, writes: 1, sqsRequests: 0 },
  /** The due list of the sweeper, what it wrote down before, and the depth of each queue. */
  sweep: { reads: 14, writes: 1, sqsRequests: 2 * lanes.length },
  /** Two queries of each shard of a job's list, in every sweep. */
  sweepOfJob: { reads: (2 * listShards) / 2 },
} as const;

/** What no template says. */
const idleAssumptions = {
  jobs: 10,
  /** Billed time of a tick or a sweep. Each takes 70 to 90 ms of a whole core, of which 512 MB is 0.29. */
  seconds: 0.5,
  /** Its own log line, and the lines of Lambda that say when it began, when it ended and what it took. */
  logKb: 0.9,
  /** DynamoDB asks for a table's key every 5 minutes for each function that uses it: 2 tables, 2 functions. */
  keyRequestsPerMonth: (2 * 2 * minutesPerMonth) / 5,
} as const;

/** The bills of the stages in infra/stages.ts. */
export const idleCosts = (): readonly IdleCost[] =>
  Object.entries(idleShapes).map(([stage, shape]) => idleCostOf(stage, shape));

/** The bill of a stage that has nothing to do, item by item. */
export const idleCostOf = (stage: string, shape: IdleShape): IdleCost => {
  const items = [
    ...metricItems(shape),
    ...pollItems(shape),
    ...tickItems(shape),
    ...tableItems(),
    ...keyItems(shape),
  ].filter(({ dollars }) => dollars > 0);
  return { stage, items, dollars: items.reduce((sum, { dollars }) => sum + dollars, 0) };
};

const metricItems = ({ alarmMetrics, customMetrics }: IdleShape): readonly IdleItem[] => [
  item("alarms", `${alarmMetrics} metrics watched`, alarmMetrics * prices.alarmMetric),
  item("custom metrics", count(customMetrics, "metric"), customMetrics * prices.customMetric),
];

const pollItems = ({ mappings }: IdleShape): readonly IdleItem[] => {
  const polls = mappings * pollsPerMinute * minutesPerMonth;
  const depths = idleUnits.sweep.sqsRequests * minutesPerMonth;
  return [
    item("SQS polls", `${count(mappings, "mapping")}, ${number(polls)} requests`, polls * prices.sqsRequest),
    item("SQS queue depths", `read by the sweeper, ${number(depths)} requests`, depths * prices.sqsRequest),
  ];
};

const tickItems = ({ tickMemoryMb }: IdleShape): readonly IdleItem[] => {
  const { seconds, logKb } = idleAssumptions;
  const invocations = tickMemoryMb.length * minutesPerMonth;
  const gb = tickMemoryMb.reduce((sum, mb) => sum + mb / 1_024, 0);
  const compute = gb * seconds * minutesPerMonth * prices.lambdaGbSecond;
  const logGb = (invocations * logKb) / 1_000_000;
  return [
    item(
      "Lambda",
      `${number(invocations)} ticks and sweeps of ${seconds} s in ${tickMemoryMb.join(" and ")} MB`,
      invocations * prices.lambdaRequest + compute,
    ),
    item("logs", `${logGb.toFixed(2)} GB`, logGb * prices.logGb),
  ];
};

const tableItems = (): readonly IdleItem[] => {
  const { tick, sweep, sweepOfJob } = idleUnits;
  const { jobs } = idleAssumptions;
  const reads = (tick.reads + sweep.reads + sweepOfJob.reads * jobs) * minutesPerMonth;
  const writes = (tick.writes + sweep.writes) * minutesPerMonth;
  return [
    item("DynamoDB reads", `${number(reads)} units, with ${jobs} jobs`, reads * prices.readUnit),
    item("DynamoDB writes", `${number(writes)} units`, writes * prices.writeUnit),
  ];
};

const keyItems = ({ keys }: IdleShape): readonly IdleItem[] => {
  const requests = keys * idleAssumptions.keyRequestsPerMonth;
  return [
    item("KMS key", count(keys, "key"), keys * prices.key),
    item("KMS requests", `about ${number(requests)}`, requests * prices.keyRequest),
  ];
};

const item = (name: string, quantity: string, dollars: number): IdleItem => ({
  item: name,
  quantity,
  dollars,
});

const number = (value: number): string => value.toLocaleString("en-US");

const count = (value: number, what: string): string => `${value} ${what}${value === 1 ? "" : "s"}`;
