import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Change, Wait } from "../../../shared/core/runs/change.ts";
import type { Verdict } from "../../../shared/core/runs/decide.ts";
import { newRun } from "../../../shared/core/runs/new-run.ts";
import { askToCancel, retime, retryDead, revive } from "../../../shared/core/runs/requeue.ts";
import { hasEnded, moves, never, type Run, runSchema } from "../../../shared/core/runs/run.ts";
import { end, settle } from "../../../shared/core/runs/settle.ts";
import { enrol, leave, push, unpark } from "../../../shared/core/runs/watch.ts";
import { anyEnd, anyVerdict, anyWait, apply, claim, type Row } from "../schedules/stored.ts";
import { anyRun, now, runIn, states } from "./any-run.ts";

const boom = { name: "Error", message: "boom 7" };
const later = now + 90_000;

describe("the diagram of states", () => {
  const verdicts: readonly Verdict[] = [
    { kind: "succeeded", result: 1 },
    { kind: "retry", at: later, error: boom },
    { kind: "deferred", at: later },
    ...(["dead", "cancelled", "expired"] as const).map((kind) => ({ kind, reason: "why" })),
  ];
  const waits: readonly Wait[] = ["hide", "park"];

  /** All that anybody does to a run that is in a state. */
  const after = (run: Run): readonly (Row | undefined)[] => [
    claim(run, "t", later),
    ...(run.state === "running"
      ? waits.flatMap((wait) => verdicts.map((verdict) => apply(run, settle(run, verdict, now, wait))))
      : []),
    ...(run.state === "parked" ? [apply(run, unpark(run, later))] : []),
    ...(run.state === "running" ? [apply(run, askToCancel(run, "why"))] : []),
    ...(run.state === "running" || hasEnded(run.state) ? [] : [apply(run, retime(run, later))]),
    ...(run.state === "cancelled" ? [apply(run, revive(run, later))] : []),
    ...(run.state === "dead" ? [apply(run, retryDead(run, later))] : []),
    ...(["dead", "cancelled", "expired"] as const).map((kind) =>
      hasEnded(run.state) ? undefined : apply(run, end(run, { kind, reason: "why" }, now)),
    ),
  ];

  test.each(states)("has exactly the moves that are made from %s", (state) => {
    const made = after(runIn(state)).flatMap((row) => (row ? [String(row.state)] : []));
    expect(new Set(made)).toEqual(new Set(moves[state]));
  });
});

describe("any sequence of changes", () => {
  /** A step works on what it read some steps ago, as anything may that runs beside others. */
  type Step = (read: Run, at: number, token: string) => Change | undefined;

  const unlessEnded =
    (step: Step): Step =>
    (read, at, token) =>
      hasEnded(read.state) ? undefined : step(read, at, token);
  const anyStep: fc.Arbitrary<Step | "claim"> = fc.oneof(
    { weight: 3, arbitrary: fc.constant("claim" as const) },
    {
      weight: 3,
      arbitrary: fc.tuple(anyVerdict, anyWait, fc.nat(60_000)).map(
        ([verdict, wait, ms]): Step =>
          (read, at) => {
            if (read.state !== "running") return undefined;
            return settle(read, "at" in verdict ? { ...verdict, at: at + ms } : verdict, at, wait);
          },
      ),
    },
    fc.constantFrom<Step>(
      unlessEnded((read, at) => enrol(read, at)),
      (read, at) => (read.dueKey === undefined ? undefined : push(read, at, { resends: read.resends + 1 })),
      (read, at) => (read.dueKey === undefined ? undefined : unpark(read, at)),
      (read) => (hasEnded(read.state) ? leave(read) : undefined),
      (read) => (read.state === "running" ? askToCancel(read, "why") : undefined),
      unlessEnded((read, at) => (read.state === "running" ? undefined : retime(read, at + 30_000))),
    ),
    anyEnd.map((verdict): Step => unlessEnded((read, at) => end(read, verdict, at))),
  );
  const anySteps = fc.array(fc.tuple(anyStep, fc.nat(40_000), fc.nat(3)), { minLength: 1, maxLength: 40 });
  const fresh = newRun({ job: "greet", key: "k", lane: "normal", input: "7", due: now, now });

  const check = (before: Run, after: Run): void => {
    if (after.state !== before.state) expect(moves[before.state]).toContain(after.state);
    expect(after.gen - before.gen).toBe(after.state === "dead" && before.state !== "dead" ? 1 : 0);
    if (before.dueKey !== undefined && !hasEnded(after.state)) expect(after.dueKey).toBeDefined();
    if (after.state === "parked") expect(after.dueKey).toBeDefined();
    expect(after.attempt - after.base - after.failed).toBeGreaterThanOrEqual(0);
  };

  test("makes only legal moves, loses no entry of a run that has not ended, and leaves a row that can be read", () => {
    fc.assert(
      fc.property(fc.oneof(anyRun, fc.constant<Run>(fresh)), anySteps, (first, steps) => {
        let row: Row = first;
        let at = Math.max(now, first.free === never ? 0 : first.free);
        const reads: Run[] = [first];
        steps.forEach(([step, ms, ago], i) => {
          at += ms;
          const read = reads.at(-1 - ago) ?? first;
          const change = step === "claim" ? undefined : step(read, at, `t${i}`);
          const next = step === "claim" ? claim(row, `t${i}`, at) : change && apply(row, change);
          if (!next) return;
          const [before, after] = [runSchema.parse(row), runSchema.parse(next)];
          check(before, after);
          row = next;
          reads.push(after);
        });
      }),
      { numRuns: 400 },
    );
  });
});
