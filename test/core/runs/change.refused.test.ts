import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isWritten, rowAfter } from "../../../shared/core/runs/change.ts";
import type { Run } from "../../../shared/core/runs/run.ts";
import { settle } from "../../../shared/core/runs/settle.ts";
import { anyRunning, now, runIn } from "./any-run.ts";
import { anyVerdict, anyWait, applied } from "./stored.ts";

const boom = { name: "Error", message: "boom 7" };

describe("a change that was refused", () => {
  const anyChange = fc
    .tuple(anyRunning, anyVerdict, anyWait)
    .map(([run, verdict, wait]) => ({ run, change: settle(run, verdict, now, wait) }));

  /** As a store gives it back: a copy, with the fields of every object in another order. */
  const stored = (row: object) =>
    JSON.parse(
      JSON.stringify(row, (_key, part: unknown) =>
        part !== null && typeof part === "object" && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).reverse())
          : part,
      ),
    );

  test("counts as written when the row has its result, in any order of fields", () => {
    fc.assert(
      fc.property(anyChange, ({ run, change }) => {
        const row = rowAfter(run, change);
        expect(row).toEqual(applied(run, change));
        expect(isWritten(stored(row), change)).toBe(true);
      }),
    );
  });

  test("counts as unwritten when the row is as before, or was deleted", () => {
    fc.assert(
      fc.property(anyChange, ({ run, change }) => {
        expect(isWritten(run, change)).toBe(false);
        expect(isWritten(undefined, change)).toBe(false);
      }),
    );
  });

  test("computes a row without the field that it drops", () => {
    const watched = runIn("retry", { timerKey: "sweep#1" });
    expect(rowAfter(watched, { id: watched.id, when: {}, set: {}, drop: "timerKey" })).toEqual(
      runIn("retry"),
    );
  });

  const set = { state: "retry", error: boom } as const;
  const row = runIn("retry", { error: boom });

  test.each<[string, object, boolean]>([
    ["has what was set", {}, true],
    ["has another value", { state: "queued" }, false],
    ["has another part", { error: { ...boom, message: "boom 8" } }, false],
    ["has one part more", { error: { ...boom, code: "E" } }, false],
    ["lacks a part", { error: { name: "Error" } }, false],
    ["has null in place of an object", { error: null }, false],
    ["has still what was dropped", { timerKey: "sweep#1" }, false],
  ])("is judged by the row: it %s", (_, more, is) => {
    const read: Run = Object.assign({ ...row }, more);
    expect(isWritten(read, { id: row.id, when: {}, set, drop: "timerKey" })).toBe(is);
  });
});
