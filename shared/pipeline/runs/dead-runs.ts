import { z } from "zod";
import { listShards, shardNumbers } from "../../core/shard.ts";
import type { DeadEntry, Runs } from "../../ports.ts";

/** Which dead runs are meant. */
export interface DeadFilter {
  readonly job: string;
  readonly fingerprint?: string | undefined;
  /** Only those that died at this instant or later, in milliseconds since 1970. */
  readonly since?: number | undefined;
}

/** Where a walk over dead runs has come to. */
export const deadPosition = z.object({
  fingerprint: z.string(),
  shard: z.int().nonnegative(),
  after: z.string().exactOptional(),
});
export type DeadPosition = z.infer<typeof deadPosition>;

export interface DeadRunPage {
  readonly entries: readonly DeadEntry[];
  /** Where this page begins, and where the one after it does. */
  readonly start: DeadPosition;
  readonly next: DeadPosition;
}

/** Entries of the index of the dead, page by page: by fingerprint, then by shard, the longest dead first. */
export async function* deadRunPages(
  runs: Pick<Runs, "dead">,
  filter: DeadFilter,
  { pageSize, from }: { readonly pageSize: number; readonly from?: DeadPosition | undefined },
): AsyncGenerator<DeadRunPage> {
  const { fingerprint: wanted } = filter;
  const fingerprints = wanted === undefined ? await fingerprintsOf(runs, filter.job) : [wanted];
  for (const fingerprint of fingerprints.filter((one) => one >= (from?.fingerprint ?? ""))) {
    const start = from?.fingerprint === fingerprint ? from : { shard: 0 };
    for (const shard of shardNumbers(listShards).filter((one) => one >= start.shard)) {
      const after = shard === start.shard && "after" in start ? start.after : undefined;
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
    const start = { fingerprint, shard, ...(after !== undefined && { after }) };
    const end = next === undefined ? { fingerprint, shard: shard + 1 } : { fingerprint, shard, after: next };
    after = next;
    if (entries.length > 0) yield { entries, start, next: end };
  } while (after !== undefined);
}

/** More causes than an operator can look through. */
const maxFingerprints = 200;

/** The causes of a job's deaths, found by leaping from one to the next: the cost is that of the causes, not of the runs. */
const fingerprintsOf = async (runs: Pick<Runs, "dead">, job: string): Promise<readonly string[]> => {
  const found = await Promise.all(
    shardNumbers(listShards).map(async (shard) => {
      const fingerprints: string[] = [];
      while (fingerprints.length < maxFingerprints) {
        const query = { job, shard, afterFingerprint: fingerprints.at(-1), limit: 1 };
        const { entries } = await runs.dead(query);
        if (!entries[0]) break;
        fingerprints.push(entries[0].fingerprint);
      }
      return fingerprints;
    }),
  );
  return [...new Set(found.flat())].sort();
};
