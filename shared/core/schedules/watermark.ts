import { dueShards, shardOf } from "../shard.ts";

/** The mark of a tick that has finished all shards: it counts for each of them. */
export const dispatchedMark = "dispatched";

/** The mark of one shard, written only when a tick has not finished all of them. */
export const dispatchedShardMark = (shard: number): string => `${dispatchedMark}#${shard}`;

/**
 * Up to which instant, in milliseconds since 1970, the dispatcher has planned a schedule. A tick that handed its shard
 * over, or had no time for it, does not count. 0: never.
 */
export const dispatchedUntil = (marks: ReadonlyMap<string, number>, schedule: string): number =>
  Math.max(marks.get(dispatchedMark) ?? 0, marks.get(dispatchedShardMark(shardOf(schedule, dueShards))) ?? 0);
