import { PutItemCommand, type PutItemCommandInput } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import { isLaneName, type LaneName } from "../core/lane.ts";
import { shardNumbers } from "../core/shard.ts";
import { addCounts, noCounts } from "../pipeline/worker/metrics-counter.ts";
import type { LaneCounts, Metrics } from "../ports/index.ts";
import { type Item, itemOf, rowOf } from "./dynamodb/item.ts";
import { partitionQuery, queryAll } from "./dynamodb/query.ts";
import { metricsKey, metricsPartition, metricsShards } from "./dynamodb/state-keys.ts";
import type { Store } from "./dynamodb/store.ts";

/** Long enough to see the same minute of the last two weeks. */
const retentionMs = 15 * 86_400_000;

export interface Snapshot {
  readonly minute: number;
  readonly lane: LaneName;
  readonly environmentId: string;
  readonly counts: LaneCounts;
}

/**
 * Save the counts of the minute so far. They replace the previous snapshot, so a request that is sent twice counts
 * once.
 */
export const snapshotRequest = (table: string, snapshot: Snapshot): PutItemCommandInput => {
  const { minute, lane, environmentId, counts } = snapshot;
  const ttl = Math.ceil((minute * 60_000 + retentionMs) / 1_000);
  return {
    TableName: table,
    Item: itemOf({ ...metricsKey(minute, lane, environmentId), ...counts, ttl }),
  };
};

/** A count that an older deployment did not save is 0. */
const count = z.number().default(0);

const snapshotSchema = z.object({
  sk: z.string(),
  claimed: count,
  succeeded: count,
  retried: count,
  dead: count,
  deferred: count,
  crashed: count,
  waitMs: count,
  workMs: count,
});

/** @param environmentId one execution environment: each writes items of its own */
export const createMetrics = (store: Store, environmentId: string): Metrics => {
  const table = store.tables.state;
  return {
    save: async (minute, lane, counts) => {
      const request = snapshotRequest(table, { minute, lane, environmentId, counts });
      await store.dynamodb.send(new PutItemCommand(request));
    },
    read: async (minute) => {
      const queries = shardNumbers(metricsShards).map((shard) =>
        queryAll(store, partitionQuery(table, metricsPartition(minute, shard))),
      );
      return mergeSnapshots(store, (await Promise.all(queries)).flat());
    },
  };
};

const mergeSnapshots = ({ clock, log }: Store, items: readonly Item[]): ReadonlyMap<LaneName, LaneCounts> => {
  const lanes = new Map<LaneName, LaneCounts>();
  for (const item of items) {
    const row = rowOf(snapshotSchema, item, { now: clock.now(), log });
    if (!row) continue;
    const { sk, ...counts } = row;
    const [lane = ""] = sk.split("#");
    if (isLaneName(lane)) lanes.set(lane, addCounts(lanes.get(lane) ?? noCounts, counts));
  }
  return lanes;
};
