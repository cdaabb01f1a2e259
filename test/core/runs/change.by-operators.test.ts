import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { admits } from "../../../shared/core/runs/admission.ts";
import { farTtl } from "../../../shared/core/runs/change.ts";
import {
  bringForward,
  requestCancel,
  requeue,
  reschedule,
  retryDead,
} from "../../../shared/core/runs/requeue.ts";
import { isTerminal, type Run, type RunIn, transitions } from "../../../shared/core/runs/run.ts";
import { end, settle } from "../../../shared/core/runs/settle.ts";
import { unpark } from "../../../shared/core/runs/watch.ts";
import { timerKeyOf } from "../../../shared/core/shard.ts";
import { anyRunIn, anyRunning, now, runIn, running } from "./any-run.ts";
import { anyAt, anyVerdict, anyWait, applied, apply, claim } from "./stored.ts";

const later = now + 90_000;
const waits = ["queued", "parked", "retry"] as const;

describe("reschedule", () => {
  const anyWaiting = anyRunIn(...waits);

  test.each(waits)("parks it until then, when it is %s", (state) => {
    const run = runIn(state, { resendCount: 3 });
    expect(reschedule(run, later)).toEqual({
      id: run.id,
      when: { state, generation: 1, availableAt: run.availableAt, claimCount: 0 },
      set: {
        state: "parked",
        availableAt: later,
        dueAt: later,
        resendCount: 0,
        timerKey: timerKeyOf("park", run.id),
        timerAt: later,
      },
    });
  });

  test("moves expiresAt by as much as dueAt", () => {
    const run = runIn("queued", { expiresAt: now + 5_000 });
    expect(reschedule(run, later).set).toMatchObject({ dueAt: later, expiresAt: later + 5_000 });
    expect(reschedule(runIn("queued"), later).set).not.toHaveProperty("expiresAt");
  });

  test("accepts an earlier or a later instant, before which no message claims the run", () => {
    fc.assert(
      fc.property(anyWaiting, anyAt, (run, at) => {
        const moved = applied(run, reschedule(run, at));
        expect(transitions[run.state]).toContain(moved.state);
        expect(admits(moved, { generation: run.generation, now: at - 1 })).toBe(false);
        expect(admits(moved, { generation: run.generation, now: at })).toBe(true);
        expect(applied(moved, unpark(moved, at + 1))).toMatchObject({
          state: "queued",
          dueAt: at,
          availableAt: at,
        });
      }),
    );
  });

  test("is refused when the run was claimed, rescheduled or ended meanwhile", () => {
    fc.assert(
      fc.property(anyWaiting, anyAt, (run, at) => {
        const change = reschedule(run, at + 1);
        const claimed = claim(run, "another's", Math.max(now, run.availableAt));
        expect(claimed && apply(claimed, change)).toBeUndefined();
        const moved = applied(run, reschedule(run, at));
        if (moved.availableAt !== run.availableAt || run.state !== "parked")
          expect(apply(moved, change)).toBeUndefined();
        const ended = applied(run, end(run, { kind: "cancelled", reason: "why" }, now));
        expect(apply(ended, change)).toBeUndefined();
      }),
    );
  });
});

describe("requestCancel", () => {
  test("sets cancelRequested for the holder of the token, and changes nothing else", () => {
    const run = running();
    expect(requestCancel(run, "no money")).toEqual({
      id: run.id,
      when: { state: "running", token: run.token },
      set: { cancelRequested: "no money" },
    });
    expect(requestCancel(run, "r".repeat(1_000)).set.cancelRequested).toBe(`${"r".repeat(399)}…`);
  });

  test("is refused when another worker holds the run, or none does any more", () => {
    fc.assert(
      fc.property(anyRunning, anyVerdict, anyWait, (run, verdict, wait) => {
        const change = requestCancel(run, "why");
        expect(apply({ ...run, token: "another's" }, change)).toBeUndefined();
        expect(apply(applied(run, settle(run, verdict, now, wait)), change)).toBeUndefined();
      }),
    );
  });

  test("does not prevent the worker from writing the outcome", () => {
    fc.assert(
      fc.property(anyRunning, anyVerdict, anyWait, (run, verdict, wait) => {
        const asked = applied(run, requestCancel(run, "why"));
        const after = applied(asked, settle(run, verdict, now, wait));
        expect(isTerminal(after.state)).toBe(isTerminal(applied(run, settle(run, verdict, now, wait)).state));
      }),
    );
  });
});

describe("retryDead", () => {
  const dead = asDead(runIn("dead", { expiresAt: now + 5_000, cancelRequested: "" }));

  test("queues the run as its next generation, watched, and removes it from the dead index", () => {
    expect(retryDead(dead, later)).toEqual({
      id: dead.id,
      when: { state: "dead", generation: 2, claimCount: 0 },
      set: {
        state: "queued",
        availableAt: later,
        resendCount: 0,
        ttl: farTtl,
        expiresAt: later + 5_000,
        timerKey: timerKeyOf("sweep", dead.id),
        timerAt: later + 5 * 60_000,
      },
      drop: "deadKey",
    });
  });

  test("admits messages of that generation only: its own, and a native redrive of the dead letter", () => {
    const queued = applied(dead, retryDead(dead, later));
    expect(admits(queued, { generation: 1, now: later })).toBe(false);
    expect(admits(queued, { generation: 2, now: later })).toBe(true);
  });

  test("is refused when a redrive has claimed the run, and when it was retried before", () => {
    const change = retryDead(dead, later);
    const claimed = claim(dead, "another's", later);
    expect(claimed && apply(claimed, change)).toBeUndefined();
    const retried = apply(dead, change);
    expect(retried && apply(retried, change)).toBeUndefined();
  });
});

function asDead(run: Run): RunIn<"dead"> {
  if (run.state !== "dead") throw new Error(`expected a dead run, got ${run.state}`);
  return run;
}

describe("bringing a run forward", () => {
  const availableAt = now + 3_600_000;

  test("makes a hidden run claimable now, and does not add it to the timer index", () => {
    const run = runIn("retry", { availableAt });
    const { set, when } = bringForward(run, now);
    expect(set).toEqual({ availableAt: now });
    expect(when).toEqual({ state: "retry", generation: 1, availableAt, claimCount: 0 });
  });

  test("queues a parked run, watched until its message is claimed", () => {
    const run = runIn("parked", { availableAt });
    expect(bringForward(run, now).set).toEqual({
      state: "queued",
      availableAt: now,
      timerKey: timerKeyOf("sweep", run.id),
      timerAt: now + 5 * 60_000,
    });
  });

  test("is a legal move after which the run can be claimed, and is refused when it was claimed meanwhile", () => {
    fc.assert(
      fc.property(anyRunIn(...waits), (run) => {
        const change = bringForward(run, now);
        const moved = applied(run, change);
        if (moved.state !== run.state) expect(transitions[run.state]).toContain(moved.state);
        expect(admits(moved, { generation: run.generation, now })).toBe(true);
        const claimed = claim(run, "another's", Math.max(now, run.availableAt));
        expect(claimed && apply(claimed, change)).toBeUndefined();
      }),
    );
  });
});

describe("requeue of a skipped occurrence", () => {
  test("opens the next generation, so that messages of the skipped one are stale", () => {
    fc.assert(
      fc.property(anyRunIn("cancelled"), (run) => {
        const requeued = applied(run, requeue(run, now));
        expect(transitions.cancelled).toContain(requeued.state);
        expect(admits(requeued, { generation: run.generation, now })).toBe(false);
        expect(admits(requeued, { generation: run.generation + 1, now })).toBe(true);
        expect(requeued).toMatchObject({
          claimCountAtStart: run.claimCount,
          failedAttempts: 0,
          timerKey: timerKeyOf("sweep", run.id),
        });
        expect(apply(requeued, requeue(run, now))).toBeUndefined();
      }),
    );
  });
});
