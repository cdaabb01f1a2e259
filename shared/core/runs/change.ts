import { timerKeyOf } from "../shard.ts";
import { type Run, type RunField, type RunFields, type Running, retentionMs, runSchema } from "./run.ts";

/**
 * One conditional write: if every attribute in `when` still has that value (undefined: is absent), set and drop.
 * At most one attribute is dropped, since no two emulators agree on how to write two.
 */
export interface Change {
  readonly id: string;
  readonly when: { readonly [K in RunField]?: RunFields[K] | undefined };
  readonly set: RunFields;
  readonly drop?: RunField;
}

/** The row as it is after a change that took effect on it. */
export const rowAfter = (run: Run, { set, drop }: Change): Run => {
  const row: Record<string, unknown> = { ...run, ...set };
  if (drop) delete row[drop];
  return runSchema.parse(row);
};

/** Whether a row is as a change left it: a refused change was ours, then, and its first reply was lost. */
export const isWritten = (row: Run | undefined, { set, drop }: Change): boolean => {
  if (!row) return false;
  const stored: Readonly<Record<string, unknown>> = row;
  const isSet = Object.entries(set).every(([field, value]) => isSame(stored[field], value));
  return isSet && (drop === undefined || stored[drop] === undefined);
};

/** Stored values are JSON; a store gives the fields of an object back in an order of its own. */
const isSame = (a: unknown, b: unknown): boolean => {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
  const entries = Object.entries(b);
  const isAsLong = Object.keys(a).length === entries.length;
  return isAsLong && entries.every(([key, value]) => isSame(Reflect.get(a, key), value));
};

/** The year 3000, in seconds: a row that is requeued must not be deleted because of its earlier end. */
export const farTtl = 32_503_680_000;

/** TTL is in seconds, and for clean-up only. */
export const ttlAt = (now: number): number => Math.floor((now + retentionMs) / 1_000);

/** Characters of a reason that a row keeps. */
export const reasonLength = 400;

/** Where a run waits until its next attempt: hidden in its queue, or parked in the table. */
export type Wait = "hide" | "park";

/** The fields of a run that waits until an instant. */
export const waiting = (run: Run, at: number, wait: Wait, hidden: "retry" | "queued" = "retry"): RunFields =>
  wait === "park"
    ? { state: "parked", availableAt: at, resendCount: 0, timerKey: timerKeyOf("park", run.id), timerAt: at }
    : { state: hidden, availableAt: at, resendCount: 0 };

/** The condition that a worker still holds a run: its claim's token fences off every other one. */
export const heldBy = ({ token }: Running): Change["when"] => ({ state: "running", token });

/** The condition that no worker has claimed a run since it was read: `availableAt` and the count move with every claim. */
export const unclaimedSince = ({ state, generation, availableAt, claimCount }: Run): Change["when"] => ({
  state,
  generation,
  availableAt,
  claimCount,
});
