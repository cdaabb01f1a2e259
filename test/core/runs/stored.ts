import fc from "fast-check";
import { admits } from "../../../shared/core/runs/admission.ts";
import type { Change, Wait } from "../../../shared/core/runs/change.ts";
import type { Verdict } from "../../../shared/core/runs/decide.ts";
import { type Run, runSchema } from "../../../shared/core/runs/run.ts";
import { now } from "./any-run.ts";

/** A row as a store holds it: the attributes of this state, and what former ones left behind. */
export type Row = { readonly id?: unknown; readonly state?: unknown } & Record<string, unknown>;

/** What a store does with a change: undefined when it refuses. */
export const apply = (row: Row, { id, when, set, drop }: Change): Row | undefined => {
  const isAsExpected = Object.entries(when).every(([field, value]) => row[field] === value);
  if (row.id !== id || !isAsExpected) return undefined;
  const next: Row = { ...row, ...set };
  if (drop) delete next[drop];
  return next;
};

export const applied = (run: Run, change: Change): Run => {
  const row = apply(run, change);
  if (!row) throw new Error("the change was refused");
  return runSchema.parse(row);
};

/** What a store does with a claim. `ttl` and `deadKey` stand for whatever a claim leaves behind. */
export const claim = (row: Row, token: string, at: number): Row | undefined => {
  const run = runSchema.parse(row);
  if (!admits(run, { generation: run.generation, now: at })) return undefined;
  return {
    ...row,
    state: "running",
    claimCount: run.claimCount + 1,
    token,
    startedAt: at,
    availableAt: at + 35_000,
    resendCount: 0,
  };
};

const anyFailure = fc.record({ name: fc.string(), message: fc.string() });
export const anyAt = fc.integer({ min: now, max: 2 * now });
export const anyEnd = fc.oneof(
  fc.record({ kind: fc.constant("dead" as const), reason: fc.string(), error: anyFailure }),
  fc.record({ kind: fc.constantFrom("dead" as const, "expired", "cancelled"), reason: fc.string() }),
);
export const anyVerdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.record({ kind: fc.constant("succeeded" as const), result: fc.anything({ withBigInt: true }) }),
  fc.record({ kind: fc.constant("retry" as const), at: anyAt, error: anyFailure }),
  fc.record({ kind: fc.constant("deferred" as const), at: anyAt }),
  anyEnd,
);
export const anyWait = fc.constantFrom<Wait>("hide", "park");
