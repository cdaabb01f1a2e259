import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  admits,
  type Claim,
  readRefusal,
  readSettle,
  type SettleRefusal,
} from "../../../shared/core/runs/admission.ts";
import type { Run } from "../../../shared/core/runs/run.ts";
import { now, runIn, states } from "./any-run.ts";

const claim: Claim = { id: "greet:k", generation: 2, token: "mine", now, leaseUntil: now + 35_000 };

/**
 * What a state's row has for `availableAt` and, with a message of generation 2 in hand, what its own generation may be.
 */
const rows = states.flatMap((state) =>
  [1, 2, 3, 4].flatMap((generation) =>
    [now - 1, now, now + 1, now + 90_000].flatMap((availableAt) =>
      ["mine", "theirs"].map((token) => runIn(state, { generation, token, availableAt })),
    ),
  ),
);

/** The rule again, in the words of the data model instead of the code's. */
const expected = (run: Run): string => {
  if (run.state === "running" && run.token === "mine") return "ours";
  if (run.state === "dead" && run.generation === 3) return "death";
  const isSameGeneration = run.generation === 2;
  switch (run.state) {
    case "succeeded":
    case "cancelled":
    case "expired":
      return "ended";
    default:
      return isSameGeneration ? "wait" : "ended";
  }
};

describe("a claim", () => {
  test.each([
    ["the generation is the message's and the instant has come", 2, now, true],
    ["the instant came long ago", 2, 0, true],
    ["the instant is a millisecond away", 2, now + 1, false],
    ["the row is of an older generation", 1, now, false],
    ["the row is of a newer generation", 3, now, false],
  ])("is judged by generation and instant alone: %s", (_, generation, free, isAdmitted) => {
    expect(admits({ generation: generation, availableAt: free }, claim)).toBe(isAdmitted);
  });

  test("is never granted for an ended run, except a dead one in its next generation", () => {
    const admitted = states.filter((state) =>
      admits(runIn(state), { generation: runIn(state).generation, now }),
    );
    expect(admitted).toEqual(["queued", "parked", "retry", "running", "dead"]);
  });
});

describe("a refused claim", () => {
  test("is explained by the row, for every state, generation, instant and token", () => {
    expect(rows).toHaveLength(256);
    expect(rows.map((run) => readRefusal(run, claim).kind)).toEqual(rows.map(expected));
  });

  test("is unknown for a message without a row", () => {
    expect(readRefusal(undefined, claim)).toEqual({ kind: "unknown" });
  });

  test("waits until the row can be claimed", () => {
    expect(readRefusal(runIn("running", { generation: 2, availableAt: now + 90_000 }), claim)).toEqual({
      kind: "wait",
      until: now + 90_000,
    });
  });

  test("waits at least a second, so that a claim that could not be written is not repeated at once", () => {
    fc.assert(
      fc.property(fc.integer({ min: now - 10_000, max: now + 10_000 }), (availableAt) => {
        const refusal = readRefusal(runIn("queued", { generation: 2, availableAt }), claim);
        expect(refusal).toEqual({ kind: "wait", until: Math.max(availableAt, now + 1_000) });
      }),
    );
  });
});

describe("a refused settle", () => {
  const written = ["succeeded", "queued", "retry", "parked", "dead", "cancelled", "expired"] as const;

  test("has lost its lease when another has claimed the run, or it is gone", () => {
    for (const state of written) {
      expect(readSettle(runIn("running", { token: "theirs" }), { set: { state } }, "mine")).toBe(
        "lease-lost",
      );
      expect(readSettle(undefined, { set: { state } }, "mine")).toBe("lease-lost");
    }
  });

  test("is retried when this worker still holds the run", () => {
    for (const state of written)
      expect(readSettle(runIn("running", { token: "mine" }), { set: { state } }, "mine")).toBe("not-written");
  });

  test("counts as written when the row has the outcome, or this worker parked the run and it was sent since", () => {
    const expectedOf = (is: Run["state"], wanted: Run["state"]): SettleRefusal =>
      is === wanted || (wanted === "parked" && is === "queued") ? "written" : "lease-lost";
    for (const is of written)
      for (const state of written)
        expect(readSettle({ ...runIn(is), token: "mine" }, { set: { state } }, "mine")).toBe(
          expectedOf(is, state),
        );
  });
});
