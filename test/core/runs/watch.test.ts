import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { transitions } from "../../../shared/core/runs/run.ts";
import { end } from "../../../shared/core/runs/settle.ts";
import { postponeCheck, unpark, unwatch, watch } from "../../../shared/core/runs/watch.ts";
import { timerKeyOf } from "../../../shared/core/shard.ts";
import { anyRunIn, now, runIn } from "./any-run.ts";
import { anyAt, anyEnd, applied, apply, claim } from "./stored.ts";

const later = now + 90_000;

describe("the timer index", () => {
  const underway = anyRunIn("queued", "parked", "retry", "running");

  test("takes a run once, as it was when it was read", () => {
    const run = runIn("queued");
    expect(watch(run, later)).toEqual({
      id: run.id,
      when: { state: "queued", generation: 1, timerKey: undefined },
      set: { timerKey: timerKeyOf("sweep", run.id), timerAt: later },
    });
    expect(apply(applied(run, watch(run, later)), watch(run, later))).toBeUndefined();
  });

  test("moves an entry that has not moved meanwhile", () => {
    const run = applied(runIn("retry"), watch(runIn("retry"), now));
    const pushed = applied(run, postponeCheck(run, later, { resendCount: 5 }));
    expect(pushed).toEqual({ ...run, timerAt: later, resendCount: 5 });
    expect(apply(pushed, postponeCheck(run, later + 1))).toBeUndefined();
    expect(apply({ ...run, state: "running" }, postponeCheck(run, later))).toBeUndefined();
  });

  test("hands a parked run whose message is on its way to the sweeper", () => {
    const parked = runIn("parked");
    const queued = applied(parked, unpark(parked, later));
    expect(queued).toMatchObject({
      state: "queued",
      timerKey: timerKeyOf("sweep", parked.id),
      timerAt: later,
      availableAt: parked.availableAt,
    });
    expect(apply(queued, unpark(parked, later))).toBeUndefined();
  });

  test("hands over the entry of a run that was claimed before its turn, and leaves its state alone", () => {
    const claimed = runIn("running", { timerKey: timerKeyOf("park", "greet:k"), timerAt: now });
    expect(unpark(claimed, later).set).toEqual({ timerKey: timerKeyOf("sweep", "greet:k"), timerAt: later });
  });

  test("removes an entry that has not moved meanwhile", () => {
    const dead = runIn("dead", { timerKey: "sweep#1", timerAt: now });
    const { timerKey, ...rest } = dead;
    expect(applied(dead, unwatch(dead))).toEqual(rest);
    expect(apply({ ...dead, timerAt: later }, unwatch(dead))).toBeUndefined();
    expect(apply({ ...dead, state: "running" }, unwatch(dead))).toBeUndefined();
  });

  test("is never left by being moved in", () => {
    fc.assert(
      fc.property(underway, anyAt, (run, at) => {
        const entered = run.timerKey === undefined ? applied(run, watch(run, at)) : run;
        expect(applied(entered, postponeCheck(entered, at)).timerKey).toBe(timerKeyOf("sweep", run.id));
        expect(applied(entered, unpark(entered, at)).timerKey).toBe(timerKeyOf("sweep", run.id));
      }),
    );
  });

  describe("ending a run that no worker holds", () => {
    test("is refused when it was claimed meanwhile", () => {
      fc.assert(
        fc.property(underway, anyEnd, (run, verdict) => {
          const claimed = claim(run, "another's", Math.max(now, run.availableAt));
          expect(claimed && apply(claimed, end(run, verdict, now))).toBeUndefined();
          expect(claimed).toBeDefined();
        }),
      );
    });

    test("is a legal move, and has the dead in the sweeper's index until their dead letter is sent", () => {
      fc.assert(
        fc.property(underway, anyEnd, (run, verdict) => {
          const next = applied(run, end(run, verdict, now));
          expect(next.state).toBe(verdict.kind);
          expect(transitions[run.state]).toContain(next.state);
          expect(next.timerKey).toBe(next.state === "dead" ? timerKeyOf("sweep", run.id) : undefined);
        }),
      );
    });
  });
});
