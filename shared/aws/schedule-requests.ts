import type { BatchStatementRequest, UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import { z } from "zod";
import {
  type LedgerEntry,
  ledgerKeepMs,
  type ScheduleChange,
  type ScheduleRow,
  scheduleRowSchema,
} from "../core/occurrence.ts";
import { dueKey, dueShards, shardOf } from "../core/shard.ts";
import { type Item, itemOf } from "./item.ts";
import { updateStatement } from "./partiql.ts";
import type { KeyQuery } from "./query.ts";
import { ledgerKey, ledgerPrefix, markKey, scheduleKey } from "./state-keys.ts";

/**
 * A schedule's item. Its row is one attribute, so that a change replaces the whole of it, members that are gone
 * included; `stamp` says in one value what a change must find. Both because PartiQL drops one attribute at a time.
 */
export const scheduleItem = (row: ScheduleRow): Item =>
  itemOf({ ...scheduleKey(row.name), row, stamp: stampOf(row), ...dueFields(row) });

export const scheduleItemSchema = z.object({ row: scheduleRowSchema });

const stampOf = ({ version, nextAt }: Pick<ScheduleRow, "version"> & { nextAt?: number | undefined }) =>
  `${version}@${nextAt ?? "never"}`;

/** In the due index only while there is something to look at. */
const dueFields = ({ state, name, nextAt }: ScheduleRow): { dueKey?: string; dueAt?: number } =>
  state === "active" && nextAt !== undefined
    ? { dueKey: dueKey("schedule", shardOf(name, dueShards)), dueAt: nextAt }
    : {};

export const changeScheduleStatement = (
  table: string,
  { row, when }: ScheduleChange,
): BatchStatementRequest => {
  const due = dueFields(row);
  return updateStatement({
    table,
    key: { ...scheduleKey(row.name) },
    set: { row, stamp: stampOf(row), ...due },
    drop: due.dueKey === undefined ? "dueKey" : undefined,
    when: { stamp: stampOf(when) },
  });
};

export const ledgerItem = (entry: LedgerEntry): Item =>
  itemOf({
    ...ledgerKey(entry.schedule, entry.at),
    ...entry,
    ttl: Math.ceil((entry.plannedAt + ledgerKeepMs) / 1_000),
  });

export const ledgerQuery = (table: string, name: string, limit: number): KeyQuery => ({
  ...{ table, limit, newestFirst: true },
  condition: "pk = :pk AND begins_with(sk, :prefix)",
  values: { pk: scheduleKey(name).pk, prefix: ledgerPrefix },
});

export const partitionQuery = (table: string, pk: string): KeyQuery => ({
  table,
  condition: "pk = :pk",
  values: { pk },
});

/** Forward only. A refusal brings the mark that stands further on. */
export const markRequest = (table: string, name: string, to: number): UpdateItemCommandInput => ({
  TableName: table,
  Key: itemOf(markKey(name)),
  UpdateExpression: "SET #at = :to",
  ConditionExpression: "attribute_not_exists(#at) OR #at < :to",
  ExpressionAttributeNames: { "#at": "at" },
  ExpressionAttributeValues: { ":to": { N: String(to) } },
  ReturnValuesOnConditionCheckFailure: "ALL_OLD",
});
