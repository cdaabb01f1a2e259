import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { convertToAttr, unmarshall } from "@aws-sdk/util-dynamodb";
import type * as z from "zod";
import type { Log } from "../../core/jobs/job.ts";

/** An item as DynamoDB gives it. */
export type Item = Record<string, AttributeValue>;

/** A value as an attribute. Members that are undefined are left out. */
export const attribute = (value: unknown): AttributeValue =>
  convertToAttr(wellFormed(value), { removeUndefinedValues: true });

/** A plain object as an item. Members that are undefined are left out. */
export const itemOf = (row: object): Item =>
  Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) => (value === undefined ? [] : [[name, attribute(value)]])),
  );

/**
 * Half of a surrogate pair, as a text has where it was cut or as a hostile message brings it, is not UTF-8: a store
 * refuses the whole request for it, and with it the rest of the batch.
 */
const wellFormed = (value: unknown): unknown => {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, wellFormed(part)]));
};

/** Deletion by TTL takes days on AWS and never happens on dynoxide: a row past it counts as absent. */
export const hasExpired = ({ ttl }: Item, now: number): boolean =>
  ttl?.N !== undefined && Number(ttl.N) * 1_000 <= now;

/**
 * The row that an item is, unless there is none or its time is over. Stored data outlives deploys: an item that its
 * schema refuses is told and counts as absent, so that it holds up none of its neighbours.
 */
export const rowOf = <Row>(
  schema: z.ZodType<Row>,
  item: Item | undefined,
  { now, log }: { readonly now: number; readonly log: Log },
): Row | undefined => {
  if (!item || hasExpired(item, now)) return undefined;
  const parsed = schema.safeParse(unmarshall(item));
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  const { id, pk, sk } = item;
  log.error("stored row not readable", { key: id?.S ?? `${pk?.S} ${sk?.S}`, problem });
  return undefined;
};
