import { describe, expect, test } from "@jest/globals";
import { createDecisions, type Selection } from "../../../scripts/simulate/decisions.ts";

const decide = (selection: Selection) => {
  const decisions = createDecisions({ seed: 7, selection, elapsed: () => 5 });
  const keys = Array.from({ length: 200 }, (_, i) => `choice ${i}`);
  const taken = keys.filter((key, i) =>
    decisions.take({ kind: i % 2 === 0 ? "setup" : "fault", key, chance: 0.3 }),
  );
  return { decisions, taken };
};

describe("decisions", () => {
  test("are the same for the same seed, and occur as often as their chance says", () => {
    const { taken } = decide({ by: "chance" });
    expect(decide({ by: "chance" }).taken).toEqual(taken);
    expect(taken.length).toBeGreaterThan(40);
    expect(taken.length).toBeLessThan(80);
  });

  test("of a list occur and no others, whatever their chance", () => {
    const keys = new Set(["choice 4", "choice 9"]);
    expect(decide({ by: "list", keys }).taken).toEqual(["choice 4", "choice 9"]);
  });

  test("of selected faults occur beside the setup of the seed, and every fault is offered", () => {
    const { taken, decisions } = decide({ by: "faults", keys: new Set(["choice 9"]) });
    const setup = decide({ by: "chance" }).taken.filter((key) => Number(key.slice(7)) % 2 === 0);
    expect(taken.toSorted()).toEqual([...setup, "choice 9"].toSorted());
    expect(decisions.offered()).toHaveLength(100);
    expect(decisions.taken()).toContainEqual({ key: "choice 9", at: 5 });
  });
});
