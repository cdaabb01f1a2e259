import type { RunField } from "../../core/runs/run.ts";
import type { Item } from "./item.ts";

/**
 * The names of the longest fields of a run in the table. DynamoDB counts names as part of an item, and a write of more than
 * 1,024 bytes costs another write unit for each copy: a run with an input of 500 bytes stays below that.
 */
const storedNames = {
  availableAt: "free",
  claimCount: "claims",
  claimCountAtStart: "base",
  failedAttempts: "fails",
  generation: "gen",
  resendCount: "sends",
  cancelRequested: "cancel",
  skippedBySchedule: "skipped",
  recordedStart: "start",
  crashesAtStart: "crashBase",
  chainDepth: "depth",
  inputHash: "hash",
} as const satisfies Partial<Record<RunField, string>>;

const storedNameOf: ReadonlyMap<string, string> = new Map(Object.entries(storedNames));
const fieldOf: ReadonlyMap<string, string> = new Map(
  Object.entries(storedNames).map(([field, name]) => [name, field]),
);

/** The attribute that holds a field of a run. */
export const attributeNameOf = (field: RunField): string => storedNameOf.get(field) ?? field;

/** Fields of a run under the names of their attributes. */
export const toAttributes = (fields: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [storedNameOf.get(field) ?? field, value]),
  );

/** An item of the runs table under the names of a run's fields. */
export const toFields = (item: Item): Item =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [fieldOf.get(name) ?? name, value]));
