import type { BatchStatementRequest, PutItemCommandInput } from "@aws-sdk/client-dynamodb";
import type { Claim } from "../../core/runs/admission.ts";
import { type Change, farTtl } from "../../core/runs/change.ts";
import type { Run, RunFields } from "../../core/runs/run.ts";
import {
  type DueList,
  deadKey,
  deadSortAfter,
  deadSortOf,
  timerKeyOf,
  timerListKey,
} from "../../core/shard.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { DeadQuery, DueQuery, ListQuery } from "../../ports/index.ts";
import { type Item, itemOf } from "./item.ts";
import { insertStatement, updateStatement } from "./partiql.ts";
import type { KeyQuery } from "./query.ts";
import { attributeNameOf, toAttributes } from "./run-attributes.ts";

/** All requests about runs, as plain data. Their conditions are the pipeline's concurrency control. */

/** @param nonce by which the writer recognises its own row */
export const runItem = (run: Run, nonce: string): Item => itemOf({ ...toAttributes(run), nonce });

export const runKey = (id: string): Item => itemOf({ id });

export const createStatement = (table: string, run: Run, nonce: string): BatchStatementRequest =>
  insertStatement(table, runItem(run, nonce));

/** Replace a row past its TTL, if its TTL is still the same. */
export const replaceRequest = (table: string, item: Item, ttl: string): PutItemCommandInput => ({
  TableName: table,
  Item: item,
  ConditionExpression: "#ttl = :ttl",
  ExpressionAttributeNames: { "#ttl": "ttl" },
  ExpressionAttributeValues: { ":ttl": { N: ttl } },
});

/**
 * Claim a run. A run of a later generation was dead: its claim removes it from the index of dead runs and adds it to
 * the sweeper's list, because the checks after its creation are long past.
 */
export const claimStatement = (table: string, claim: Claim): BatchStatementRequest =>
  updateStatement({
    table,
    key: { id: claim.id },
    set: toAttributes(
      withoutUndefined({
        state: "running",
        availableAt: claim.leaseUntil,
        token: claim.token,
        startedAt: claim.now,
        resendCount: 0,
        worker: claim.worker,
        ...(claim.generation > 1 && {
          ttl: farTtl,
          timerKey: timerKeyOf("sweep", claim.id),
          timerAt: claim.leaseUntil,
        }),
      }) satisfies RunFields,
    ),
    increment: attributeNameOf("claimCount"),
    drop: claim.generation > 1 ? "deadKey" : undefined,
    when: toAttributes({ generation: claim.generation } satisfies RunFields),
    atMost: { [attributeNameOf("availableAt")]: claim.now },
    returns: true,
  });

export const changeStatement = (table: string, { id, when, set, drop }: Change): BatchStatementRequest =>
  updateStatement({
    table,
    key: { id },
    set: toAttributes(set),
    when: toAttributes(when),
    drop: drop && attributeNameOf(drop),
  });

/** Undefined when no instant is between `from` and `until`: DynamoDB refuses such a query. */
export const listQuery = (table: string, query: ListQuery): KeyQuery | undefined => {
  const { job, shard, from, until, limit, after, newestFirst } = query;
  if (from >= until) return undefined;
  return {
    table,
    index: "list",
    limit,
    after,
    newestFirst,
    condition: "listKey = :listKey AND createdAt BETWEEN :from AND :last",
    values: { listKey: `${job}#${shard}`, from, last: until - 1 },
  };
};

export const dueQuery = (table: string, list: DueList, query: DueQuery): KeyQuery =>
  dueIn(table, timerListKey(list, query.shard), query);

/** The first entries of one list of a timer index, without a lower bound. */
export const dueIn = (table: string, key: string, { until, limit, after }: DueQuery): KeyQuery => ({
  table,
  index: "timers",
  limit,
  after,
  condition: "timerKey = :timerKey AND timerAt <= :until",
  values: { timerKey: key, until },
});

/** A query for the dead runs of one shard of a job: all, or with one fingerprint, or with later fingerprints. */
export const deadQuery = (table: string, query: DeadQuery): KeyQuery => {
  const { job, shard, fingerprint, afterFingerprint, from = 0, limit, after, newestFirst } = query;
  const common = { table, index: "dead", limit, after, newestFirst };
  const key = deadKey(job, shard);
  if (fingerprint !== undefined) {
    const range = { from: deadSortOf(fingerprint, from), last: deadSortAfter(fingerprint) };
    return {
      ...common,
      condition: "deadKey = :deadKey AND deadSort BETWEEN :from AND :last",
      values: { deadKey: key, ...range },
    };
  }
  return {
    ...common,
    condition: "deadKey = :deadKey AND deadSort > :before",
    // No sort key is empty, and every one is greater than a space.
    values: { deadKey: key, before: afterFingerprint === undefined ? " " : deadSortAfter(afterFingerprint) },
  };
};
