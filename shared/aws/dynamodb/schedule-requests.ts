import type { BatchStatementRequest, UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import { type LedgerEntry, ledgerRetentionMs } from "../../core/schedules/ledger-entry.ts";
import {
  nextCheckAt,
  type ScheduleChange,
  type ScheduleRow,
  scheduleRowSchema,
} from "../../core/schedules/schedule-row.ts";
import { dueShards, scheduleTimerKey, shardOf } from "../../core/shard.ts";
import type { LedgerQuery } from "../../ports/index.ts";
import { type Item, itemOf } from "./item.ts";
import { updateStatement } from "./partiql.ts";
import type { KeyQuery } from "./query.ts";
import { ledgerFrom, ledgerKey, ledgerUntil, markKey, type StateKey, scheduleKey } from "./state-keys.ts";

/**
 * The item of a schedule. Its row is one attribute, so that a change replaces all of it, including removed members.
 * `stamp` holds in one value what a change must find. Both because PartiQL removes only one attribute at a time.
 */
export const scheduleItem = (row: ScheduleRow): Item =>
  itemOf({ ...scheduleKey(row.name), row, stamp: stampOf(row), ...timerFields(row) });

export const scheduleItemSchema = z.object({ row: scheduleRowSchema });

const stampOf = ({
  version,
  nextFireAt,
}: Pick<ScheduleRow, "version"> & { nextFireAt?: number | undefined }) =>
  `${version}@${nextFireAt ?? "never"}`;

/** The entry in the timer index. There is none while nothing is due. */
const timerFields = (row: ScheduleRow): { timerKey?: string; timerAt?: number } => {
  const timerAt = nextCheckAt(row);
  return timerAt === undefined
    ? {}
    : { timerKey: scheduleTimerKey(row.lane, shardOf(row.name, dueShards)), timerAt };
};

export const changeScheduleStatement = (
  table: string,
  { row, when }: ScheduleChange,
): BatchStatementRequest => {
  const timer = timerFields(row);
  return updateStatement({
    table,
    key: { ...scheduleKey(row.name) },
    set: { row, stamp: stampOf(row), ...timer },
    drop: timer.timerKey === undefined ? "timerKey" : undefined,
    when: { stamp: stampOf(when) },
  });
};

export const ledgerItem = (entry: LedgerEntry): Item =>
  itemOf({
    ...ledgerKey(entry),
    ...entry,
    ttl: Math.ceil((entry.recordedAt + ledgerRetentionMs) / 1_000),
  });

/** Undefined when no instant is between `from` and `until`: DynamoDB refuses such a query. */
export const ledgerQuery = (
  table: string,
  name: string,
  { from = 0, until, limit }: LedgerQuery,
): KeyQuery | undefined => {
  if (until !== undefined && from >= until) return undefined;
  return {
    table,
    limit,
    newestFirst: true,
    condition: "pk = :pk AND sk BETWEEN :first AND :last",
    values: { pk: scheduleKey(name).pk, first: ledgerFrom(from), last: ledgerUntil(until) },
  };
};

/** Write a note, if it is still as the writer has read it. */
export const noteRequest = (
  table: string,
  key: StateKey,
  from: string | undefined,
  to: string,
): UpdateItemCommandInput => ({
  TableName: table,
  Key: itemOf(key),
  UpdateExpression: "SET #text = :to",
  ConditionExpression: from === undefined ? "attribute_not_exists(#text)" : "#text = :from",
  ExpressionAttributeNames: { "#text": "text" },
  ExpressionAttributeValues: { ":to": { S: to }, ...(from !== undefined && { ":from": { S: from } }) },
  ReturnValuesOnConditionCheckFailure: "ALL_OLD",
});

/** Advance a watermark, never back. A refusal returns the stored watermark. */
export const markRequest = (table: string, name: string, to: number): UpdateItemCommandInput => ({
  TableName: table,
  Key: itemOf(markKey(name)),
  UpdateExpression: "SET #at = :to",
  ConditionExpression: "attribute_not_exists(#at) OR #at < :to",
  ExpressionAttributeNames: { "#at": "at" },
  ExpressionAttributeValues: { ":to": { N: String(to) } },
  ReturnValuesOnConditionCheckFailure: "ALL_OLD",
});
