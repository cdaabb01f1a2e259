import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Change, Wait } from "../../../shared/core/runs/change.ts";
import type { Verdict } from "../../../shared/core/runs/decide.ts";
import { newRun } from "../../../shared/core/runs/new-run.ts";
import { requestCancel, requeue, reschedule, retryDead } from "../../../shared/core/runs/requeue.ts";
import { farFuture, isTerminal, type Run, runSchema, transitions } from "../../../shared/core/runs/run.ts";
import { end, settle } from "../../../shared/core/runs/settle.ts";
import { postponeCheck, unpark, unwatch, watch } from "../../../shared/core/runs/watch.ts";
import { cases } from "../../cases.ts";
import { anyRun, now, runIn, states } from "./any-run.ts";
import { anyEnd, anyVerdict, anyWait, apply, claim, type Row } from "./stored.ts";

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

  /** All changes that any actor makes to a run in a state. */
  const after = (run: Run): readonly (Row | undefined)[] => [
    claim(run, "t", later),
    ...(run.state === "running"
      ? waits.flatMap((wait) => verdicts.map((verdict) => apply(run, settle(run, verdict, now, wait))))
      : []),
    ...(run.state === "parked" ? [apply(run, unpark(run, later))] : []),
    ...(run.state === "running" ? [apply(run, requestCancel(run, "why"))] : []),
    ...(run.state === "running" || isTerminal(run.state) ? [] : [apply(run, reschedule(run, later))]),
    ...(run.state === "cancelled" ? [apply(run, requeue(run, later))] : []),
    ...(run.state === "dead" ? [apply(run, retryDead(run, later))] : []),
    ...(["dead", "cancelled", "expired"] as const).map((kind) =>
      isTerminal(run.state) ? undefined : apply(run, end(run, { kind, reason: "why" }, now)),
    ),
  ];

  test.each(states)("has exactly the moves that are made from %s", (state) => {
    const made = after(runIn(state)).flatMap((row) => (row ? [String(row.state)] : []));
    expect(new Set(made)).toEqual(new Set(transitions[state]));
  });
});

describe("any sequence of changes", () => {
  /** A step works on what it read some steps ago, as anything may that runs beside others. */
  type Step = (read: Run, at: number, token: string) => Change | undefined;

  const unlessEnded =
    (step: Step): Step =>
    (read, at, token) =>
      isTerminal(read.state) ? undefined : step(read, at, token);
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
      unlessEnded((read, at) => watch(read, at)),
      (read, at) =>
        read.timerKey === undefined
          ? undefined
          : postponeCheck(read, at, { resendCount: read.resendCount + 1 }),
      (read, at) => (read.timerKey === undefined ? undefined : unpark(read, at)),
      (read) => (isTerminal(read.state) ? unwatch(read) : undefined),
      (read) => (read.state === "running" ? requestCancel(read, "why") : undefined),
      unlessEnded((read, at) => (read.state === "running" ? undefined : reschedule(read, at + 30_000))),
    ),
    anyEnd.map((verdict): Step => unlessEnded((read, at) => end(read, verdict, at))),
  );
  const anySteps = fc.array(fc.tuple(anyStep, fc.nat(40_000), fc.nat(3)), { minLength: 1, maxLength: 40 });
  const fresh = newRun({ job: "greet", key: "k", lane: "normal", input: "7", dueAt: now, now });

  const check = (before: Run, after: Run): void => {
    if (after.state !== before.state) expect(transitions[before.state]).toContain(after.state);
    expect(after.generation - before.generation).toBe(
      after.state === "dead" && before.state !== "dead" ? 1 : 0,
    );
    if (before.timerKey !== undefined && !isTerminal(after.state)) expect(after.timerKey).toBeDefined();
    if (after.state === "parked") expect(after.timerKey).toBeDefined();
    expect(after.claimCount - after.claimCountAtStart - after.failedAttempts).toBeGreaterThanOrEqual(0);
  };

  test("makes only legal moves, loses no entry of a run that has not ended, and leaves a row that can be read", () => {
    fc.assert(
      fc.property(fc.oneof(anyRun, fc.constant<Run>(fresh)), anySteps, (first, steps) => {
        let row: Row = first;
        let at = Math.max(now, first.availableAt === farFuture ? 0 : first.availableAt);
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
      cases(400),
    );
  });
});
