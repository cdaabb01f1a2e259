import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { convertToAttr, unmarshall } from "@aws-sdk/util-dynamodb";
import type * as z from "zod";
import type { Log } from "../../core/jobs/job.ts";

/** An item as DynamoDB returns it. */
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
 * Replace lone surrogates, as in a truncated text or a hostile message. They are not valid UTF-8, and a store would
 * refuse the whole request, with the rest of the batch.
 */
const wellFormed = (value: unknown): unknown => {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, wellFormed(part)]));
};

/**
 * Whether a row counts as absent because its TTL has passed: deletion takes days on AWS and never happens on dynoxide.
 */
export const hasExpired = ({ ttl }: Item, now: number): boolean =>
  ttl?.N !== undefined && Number(ttl.N) * 1_000 <= now;

/**
 * Parse an item as a row. Undefined when there is no item or it has expired. Stored data outlives deployments: an item
 * that the schema rejects is logged and counts as absent, so that it does not hold up the others.
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
