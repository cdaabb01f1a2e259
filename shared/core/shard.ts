import type { LaneName } from "./lane.ts";

/**
 * Hot keys are spread over shards: one DynamoDB partition takes 1,000 write units a second. Both counts are part of
 * the stored data: more shards may be added when every old one is still read.
 */
export const listShards = 4;
export const dueShards = 16;

/** The same shard for the same text, for ever: FNV-1a, 32 bits (draft-eastlake-fnv). */
export const shardOf = (text: string, shards: number): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % shards;
};

export const listKeyOf = (job: string, id: string): string => `${job}#${shardOf(id, listShards)}`;

/** What waits for its instant: `park` is what the dispatcher sends, `sweep` what the sweeper looks after. */
export type DueList = "park" | "sweep";

export const timerKeyOf = (list: DueList, id: string): string => timerListKey(list, shardOf(id, dueShards));

export const timerListKey = (list: DueList, shard: number): string => `${list}#${shard}`;

/** Schedules wait in a list per lane, so that a tick can send the urgent ones first. */
export const scheduleTimerKey = (lane: LaneName, shard: number): string => `schedule#${lane}#${shard}`;

/** Dead runs of a job, in the order of `deadSortOf`. */
export const deadKeyOf = (job: string, id: string): string => deadKey(job, shardOf(id, listShards));

export const deadKey = (job: string, shard: number): string => `${job}#${shard}`;

/**
 * Dead runs are in the order of their fingerprints, then of their deaths. So one fingerprint is one range, and the next
 * one begins after it: the causes of a job are found without reading the runs of each.
 */
export const deadSortOf = (fingerprint: string, diedAt: number): string =>
  `${fingerprint}#${new Date(diedAt).toISOString()}`;

/** After every run with the fingerprint, and before those with a later one. */
export const deadSortAfter = (fingerprint: string): string => `${fingerprint}#~`;

/** What `deadSortOf` was made of. */
export const parseDeadSort = (
  deadSort: string,
): { readonly fingerprint: string; readonly diedAt: number } => {
  const end = deadSort.lastIndexOf("#");
  return { fingerprint: deadSort.slice(0, end), diedAt: Date.parse(deadSort.slice(end + 1)) };
};

export const shardNumbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, shard) => shard);
