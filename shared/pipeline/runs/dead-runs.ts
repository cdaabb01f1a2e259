import * as z from "zod";
import { listShards, shardNumbers } from "../../core/shard.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { DeadEntry, Runs } from "../../ports/index.ts";

/** A selection of dead runs. */
export interface DeadFilter {
  readonly job: string;
  readonly fingerprint?: string | undefined;
  /** Only runs that died at this instant or later, in milliseconds since 1970. */
  readonly since?: number | undefined;
}

/** A position in the index of dead runs. */
export const deadPosition = z.object({
  fingerprint: z.string(),
  shard: z.int().nonnegative(),
  after: z.string().exactOptional(),
});
export type DeadPosition = z.infer<typeof deadPosition>;

export interface DeadRunPage {
  readonly entries: readonly DeadEntry[];
  /** The positions of this page and of the next one. */
  readonly start: DeadPosition;
  readonly next: DeadPosition;
}

/** Read the index of dead runs page by page: by fingerprint, then by shard, oldest death first. */
export async function* deadRunPages(
  runs: Pick<Runs, "dead">,
  filter: DeadFilter,
  { pageSize, from }: { readonly pageSize: number; readonly from?: DeadPosition | undefined },
): AsyncGenerator<DeadRunPage> {
  for await (const { fingerprint, shards } of causesFrom(runs, filter, from)) {
    for (const shard of shards) {
      const isStart = from?.fingerprint === fingerprint && from.shard === shard;
      const after = isStart ? from.after : undefined;
      yield* pagesOfShard(runs, { filter, fingerprint, shard, after, pageSize });
    }
  }
}

interface ShardWalk {
  readonly filter: DeadFilter;
  readonly fingerprint: string;
  readonly shard: number;
  readonly after: string | undefined;
  readonly pageSize: number;
}

async function* pagesOfShard(
  runs: Pick<Runs, "dead">,
  { filter, fingerprint, shard, after: first, pageSize: limit }: ShardWalk,
): AsyncGenerator<DeadRunPage> {
  let after = first;
  do {
    const query = { job: filter.job, shard, fingerprint, from: filter.since, limit, after };
    const { entries, next } = await runs.dead(query);
    const start = withoutUndefined({ fingerprint, shard, after });
    const end = next === undefined ? { fingerprint, shard: shard + 1 } : { fingerprint, shard, after: next };
    after = next;
    if (entries.length > 0) yield { entries, start, next: end };
  } while (after !== undefined);
}

/** A cause of deaths, and the shards that may have dead runs with it, in order. */
interface Cause {
  readonly fingerprint: string;
  readonly shards: readonly number[];
}

const allShards = shardNumbers(listShards);

/** The selected causes in the order of their fingerprints, starting at a position. */
async function* causesFrom(
  runs: Pick<Runs, "dead">,
  { job, fingerprint: wanted }: DeadFilter,
  from: DeadPosition | undefined,
): AsyncGenerator<Cause> {
  const isAtStart = wanted === undefined || wanted === from?.fingerprint;
  if (from && isAtStart)
    yield { fingerprint: from.fingerprint, shards: allShards.filter((one) => one >= from.shard) };
  if (wanted === undefined) yield* causesAfter(runs, job, from?.fingerprint);
  else if (wanted > (from?.fingerprint ?? "")) yield { fingerprint: wanted, shards: allShards };
}

/** How many causes of a shard are found at a time, before their runs are read. */
const maxCausesPerShard = 200;

/**
 * Find the causes of a job's deaths by skipping from one fingerprint to the next, so that the cost depends on the
 * number of causes and not of runs. Causes beyond the end of a truncated shard are found in the next round, which
 * continues there.
 */
async function* causesAfter(
  runs: Pick<Runs, "dead">,
  job: string,
  first: string | undefined,
): AsyncGenerator<Cause> {
  let after = first;
  do {
    const rounds = await Promise.all(allShards.map((shard) => causesInShard(runs, { job, shard, after })));
    const ends = rounds.flatMap(({ end }) => end ?? []).sort();
    const [end] = ends;
    const known = rounds.flatMap(({ found }) => found).filter(({ fingerprint: one }) => !end || one <= end);
    const byFingerprint = Map.groupBy(known, ({ fingerprint }) => fingerprint);
    for (const [fingerprint, all] of [...byFingerprint].sort(([a], [b]) => (a < b ? -1 : 1)))
      yield { fingerprint, shards: all.map(({ shard }) => shard) };
    after = end;
  } while (after !== undefined);
}

interface ShardCauses {
  readonly found: readonly { readonly fingerprint: string; readonly shard: number }[];
  /** The last fingerprint found, when there may be later ones. */
  readonly end: string | undefined;
}

const causesInShard = async (
  runs: Pick<Runs, "dead">,
  { job, shard, after }: { readonly job: string; readonly shard: number; readonly after: string | undefined },
): Promise<ShardCauses> => {
  const found: { fingerprint: string; shard: number }[] = [];
  let last = after;
  while (found.length < maxCausesPerShard) {
    const { entries } = await runs.dead({ job, shard, afterFingerprint: last, limit: 1 });
    if (!entries[0]) return { found, end: undefined };
    last = entries[0].fingerprint;
    found.push({ fingerprint: last, shard });
  }
  return { found, end: last };
};
