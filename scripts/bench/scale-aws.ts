import { dueShards, listShards } from "../../shared/core/shard.ts";
import { backlog } from "../../shared/pipeline/dispatcher/tick.ts";
import { count, decimal, table } from "./table.ts";

/** The storm on AWS, calculated and not measured, with AWS's documented limits and typical latencies. */

/** DynamoDB on demand: write units per second of a new table or index, and of one partition key. */
const newTableUnits = 4_000;
const keyUnits = 1_000;
const accountUnits = 40_000;
const lookAheadSeconds = 120;

/** Median milliseconds of one request, with those of a batch of 25 for any batch (DeBrie 2020; SQS by analogy). */
const requestMs = { query: 8, read: 10, create: 16, send: 20, record: 16, advance: 16 };
const pageSize = 100;

/** A function of 1,769 MB has one core. */
const sizes = [
  { stage: "prod", memoryMb: 1_024 },
  { stage: "dev", memoryMb: 512 },
] as const;
const oneCoreMb = 1_769;

interface Limit {
  readonly what: string;
  readonly unitsEach: number;
  readonly perSecond: number;
}

/** Write units of an occurrence: 2 for its run, 4 for its ledger entry and its schedule's advance. */
const limits = (lanes: number, jobs: number): readonly Limit[] => [
  { what: "table state: ledger 1, advance 1", unitsEach: 2, perSecond: newTableUnits },
  { what: "its index timers: out 1, in 1", unitsEach: 2, perSecond: newTableUnits },
  {
    what: `the index's keys: ${lanes} lane${lanes === 1 ? "" : "s"} × ${dueShards} shards`,
    unitsEach: 2,
    perSecond: Math.min(accountUnits, lanes * dueShards * keyUnits),
  },
  { what: "table runs: create 1", unitsEach: 1, perSecond: newTableUnits },
  { what: "its index list: create 1", unitsEach: 1, perSecond: newTableUnits },
  {
    what: `that index's keys: ${jobs} job${jobs === 1 ? "" : "s"} × ${listShards} shards`,
    unitsEach: 1,
    perSecond: Math.min(accountUnits, jobs * listShards * keyUnits),
  },
];

/** @param msOfProcessor processor time of an occurrence in a dispatcher, on one core */
export const describeAws = (due: number, msOfProcessor: number): string => {
  const perShard = due / dueShards;
  const slowest = Math.max(...limits(1, 1).map((limit) => secondsOf(limit, due)));
  return [
    `**Calculated for AWS, not measured**: ${count(due)} due in the same second, all on one lane and of one job, which is the worst case. The tick sends ${count(backlog)} of each shard, then hands each of the ${dueShards} shards to an invocation of its own: ${count(perShard)} occurrences each, in ${Math.ceil(perShard / pageSize)} pages.`,
    "",
    table(["possible limit", "each", "per second", "seconds"], rows(due, msOfProcessor)),
    "",
    `The limit is the write rate of new tables: **${decimal(slowest)} s**, within the minute, if nothing else writes. All of that is before it is due: a tick sends what is due up to ${lookAheadSeconds} s ahead, so a storm that was known the minute before has at least ${lookAheadSeconds - 60} s until its instant. DynamoDB's burst (300 s of what a partition did not use) makes it faster and is not counted on. What is throttled is repeated for up to 1.5 s by statement, then its page as a whole after pauses of up to 11 s together, then by the next tick.`,
    "",
    warming(due),
    "",
    `Lambda: ${dueShards + 1} invocations at once, which prod reserves (18, for a tick that comes twice). An account that may run 10 works on the shards in two rounds, each at its own speed; what has waited for over a minute is the next tick's.`,
  ].join("\n");
};

const rows = (due: number, msOfProcessor: number): readonly (readonly string[])[] => {
  const pageMs = Object.values(requestMs).reduce((sum, ms) => sum + ms, 0);
  const requests = (dueShards * pageSize * 1_000) / pageMs;
  return [
    [
      `requests, one after the other in each shard, ${pageMs} ms a page`,
      "",
      count(requests),
      decimal(due / requests),
    ],
    ...sizes.flatMap(({ stage, memoryMb }) => {
      const one = (1_000 * memoryMb) / oneCoreMb / msOfProcessor;
      const helped = one * dueShards;
      const head = `${stage}, ${count(memoryMb)} MB`;
      const alone = (backlog * dueShards) / one;
      return [
        [`processor of the tick alone, ${head}`, `${decimal(msOfProcessor)} ms`, count(one), decimal(alone)],
        [`then of ${dueShards} invocations`, "", count(helped), decimal(due / helped)],
      ];
    }),
    ...limits(1, 1).map((limit) => [
      limit.what,
      `${limit.unitsEach} WRU`,
      count(limit.perSecond),
      decimal(secondsOf(limit, due)),
    ]),
    ["SQS, ten messages a request", "", "nearly unlimited", "–"],
  ];
};

const warming = (due: number): string => {
  const units = Math.ceil((2 * due) / 15 / 1_000) * 1_000;
  return `Its runs then want 2 units each of table runs, to be claimed and settled: ${decimal((3 * due) / newTableUnits)} s in all at the same limit. For room, give both tables and their indexes a \`warmThroughput\` of ${count(units)} write units per second (paid once, never falls, within the default quota of ${count(accountUnits)}): then table state takes ${decimal((2 * due) / units)} s. Or let a peak of half the size come first, half an hour before. No warmth helps a single key, which takes ${count(keyUnits)} per second: with its ${listShards} keys of the list index, one job's ${count(due)} runs take ${decimal(due / listShards / keyUnits)} s at least.`;
};

const secondsOf = ({ unitsEach, perSecond }: Limit, due: number): number => (due * unitsEach) / perSecond;
