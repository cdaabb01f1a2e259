import { describe, expect, test } from "@jest/globals";
import { runSeed } from "../../../scripts/simulate/run-seed.ts";

describe("runSeed", () => {
  test("repeats a seed exactly, also from the list of its decisions", async () => {
    const first = await runSeed({ seed: 12, rate: 3, selection: { by: "chance" } });
    const keys = new Set(first.taken.map(({ key }) => key));
    const again = await runSeed({ seed: 12, rate: 3, selection: { by: "list", keys } });
    expect(again.taken).toEqual(first.taken);
    expect(again.runs).toBe(first.runs);
    expect(first.taken.length).toBeGreaterThan(100);
    expect(first.violations).toEqual([]);
  });

  test("finds no violation without faults", async () => {
    const { violations, runs } = await runSeed({ seed: 5, rate: 0, selection: { by: "chance" } });
    expect(violations).toEqual([]);
    expect(runs).toBeGreaterThan(20);
  });
});
