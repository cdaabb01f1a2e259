import { dueShards, listShards } from "../../shared/core/shard.ts";
import { count, decimal, table } from "./table.ts";

/** The storm on AWS, calculated: nobody has measured it there. Limits and latencies are those of aws-facts.md. */

/** DynamoDB on demand: what a table or index that is new takes in a second, and one partition key for ever. */
const newTableUnits = 4_000;
const keyUnits = 1_000;
const accountUnits = 40_000;
const lookAheadSeconds = 120;

/** Milliseconds of one request, median, with what a batch of 25 takes for any batch (DeBrie 2020; SQS by analogy). */
const requestMs = { query: 8, read: 10, create: 16, send: 20, record: 16, advance: 16 };
const pageSize = 100;

/** Processor time of an occurrence as measured here; a function of 1,769 MB has one core. */
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

/** Write units of an occurrence, by where they go: 2 for its run, 5 for its ledger entry and its schedule's advance. */
const limits = (lanes: number, jobs: number): readonly Limit[] => [
  { what: "table state: ledger 1, advance 1", unitsEach: 2, perSecond: newTableUnits },
  { what: "its index due: out 1, in 1", unitsEach: 2, perSecond: newTableUnits },
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

export const tellAws = (due: number, msOfProcessor: number): string => {
  const pageMs = Object.values(requestMs).reduce((sum, ms) => sum + ms, 0);
  const slowest = Math.max(...limits(1, 1).map((limit) => secondsOf(limit, due)));
  const warmUnits = Math.ceil((2 * due) / 15 / 1_000) * 1_000;
  return [
    `**Calculated for AWS, not measured**: ${count(due)} due in the same second, all on one lane and of one job, which is the worst case. The tick hands each of ${dueShards} shards to an invocation of its own, so ${count(due / dueShards)} occurrences each, in ${Math.ceil(due / dueShards / pageSize)} pages.`,
    "",
    table(
      ["what could hold it up", "each", "per second", "seconds"],
      [
        [
          `requests one after the other: ${pageMs} ms a page of ${pageSize}`,
          "",
          count((dueShards * pageSize * 1_000) / pageMs),
          decimal((due * pageMs) / dueShards / pageSize / 1_000),
        ],
        ...sizes.map(({ stage, memoryMb }) => {
          const perSecond = (dueShards * 1_000 * memoryMb) / oneCoreMb / msOfProcessor;
          return [
            `processors of ${dueShards} invocations, ${stage}, ${count(memoryMb)} MB`,
            `${decimal(msOfProcessor)} ms`,
            count(perSecond),
            decimal(due / perSecond),
          ];
        }),
        ...limits(1, 1).map((limit) => [
          limit.what,
          `${limit.unitsEach} WRU`,
          count(limit.perSecond),
          decimal(secondsOf(limit, due)),
        ]),
        ["SQS, ten messages a request", "0.1 requests", "nearly unlimited", "–"],
      ],
    ),
    "",
    `The new tables' own limit is what counts: **${decimal(slowest)} s**, within the minute, on tables that are new and do nothing else. That is before it is due: a tick sends what is due up to ${lookAheadSeconds} s ahead, so that a storm that was known has at least a minute before its instant. Whatever is throttled is repeated for some 0.8 s on average; then its page is left to the next tick, which is safe and slower.`,
    "",
    `The runs then want 2 write units each of table runs, to be claimed and settled: ${decimal((3 * due) / newTableUnits)} s in all at the same limit. To have room, warm both tables and their indexes to ${count(warmUnits)} write units per second (\`warmThroughput\`, paid once, and a default quota of ${count(accountUnits)}): then the dispatch takes ${decimal((2 * due) / warmUnits)} s by units of table state; or let a peak of half the size come first, half an hour before. A shard's key of the due index and a job's of the list take ${count(keyUnits)} per second each, however warm: one job's ${listShards} list keys make ${decimal(due / listShards / keyUnits)} s the least for ${count(due)} runs of one job.`,
    "",
    `Lambda: ${dueShards + 1} concurrent invocations, of which a new account has 10 and others 1,000; reserved in prod. An account with 10 runs the shards in two rounds, what waits over a minute is the next tick's.`,
  ].join("\n");
};

const secondsOf = ({ unitsEach, perSecond }: Limit, due: number): number => (due * unitsEach) / perSecond;
