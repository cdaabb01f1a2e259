import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonHash } from "../../../shared/core/json.ts";
import { laneNames } from "../../../shared/core/lane.ts";
import { delaySeconds, maxDelayMs, type NewRun, newRun } from "../../../shared/core/runs/new-run.ts";
import { runSchema } from "../../../shared/core/runs/run.ts";
import { listKeyOf, timerKeyOf } from "../../../shared/core/shard.ts";
import { anyInstant, anyJson, anyName, anyWord, now } from "./any-run.ts";

const wanted: NewRun = { job: "greet", key: "k", lane: "high", input: '{"a":1}', dueAt: now + 5_000, now };

const facts = {
  id: "greet:k",
  job: "greet",
  lane: "high",
  generation: 1,
  availableAt: now + 5_000,
  claimCount: 0,
  claimCountAtStart: 0,
  failedAttempts: 0,
  dueAt: now + 5_000,
  createdAt: now,
  resendCount: 0,
  inputHash: jsonHash('{"a":1}'),
  input: '{"a":1}',
  listKey: listKeyOf("greet", "greet:k"),
};

/** A text of so many bytes in half as many characters. */
const umlauts = (bytes: number) => `"${"ü".repeat((bytes - 2) / 2)}"`;

describe("a new run", () => {
  test("is queued, due and without attempts", () => {
    expect(newRun(wanted)).toEqual({ ...facts, state: "queued" });
  });

  test("stores the options of its sender, and no empty ones", () => {
    const said = {
      schedule: "daily",
      tenant: "acme",
      tags: ["a", "b"],
      expiresAt: now + 9_000,
      chainDepth: 2,
      trace: "t",
    };
    expect(newRun({ ...wanted, ...said })).toEqual({ ...facts, ...said, state: "queued" });
    const unsaid = {
      tags: [],
      chainDepth: 0,
      schedule: undefined,
      tenant: undefined,
      expiresAt: undefined,
      trace: undefined,
    };
    expect(Object.keys(newRun({ ...wanted, ...unsaid })).sort()).toEqual(
      [...Object.keys(facts), "state"].sort(),
    );
  });

  test.each([
    [maxDelayMs, { state: "queued" }],
    [
      maxDelayMs + 1,
      { state: "parked", timerKey: timerKeyOf("park", "greet:k"), timerAt: now + maxDelayMs + 1 },
    ],
  ])("that is due in %d ms waits where it can", (delay, expected) => {
    const dueAt = now + delay;
    const { input, inputHash, listKey, ...rest } = newRun({ ...wanted, dueAt });
    const {
      input: _,
      inputHash: __,
      listKey: ___,
      ...expectedFacts
    } = { ...facts, availableAt: dueAt, dueAt };
    expect(rest).toEqual({ ...expectedFacts, ...expected });
  });

  test.each([
    ["is stored in the row up to 500 bytes", umlauts(500), { input: umlauts(500) }],
    ["is kept elsewhere from there on", umlauts(502), { inputStored: true }],
    ["may be none", undefined, {}],
  ])("has an input that %s", (_, input, expected) => {
    const { input: text, inputStored } = newRun({ ...wanted, input });
    expect({ ...(text && { input: text }), ...(inputStored && { inputStored }) }).toEqual(expected);
  });

  test("is a row that the store's schema reads back as it was, whatever the input", () => {
    const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const anyInput = fc.record({
      job: anyName,
      key: anyWord(128),
      lane: fc.constantFrom(...laneNames),
      dueAt: anyInstant,
      now: anyInstant,
      input: some(anyJson().map((value) => JSON.stringify(value))),
      schedule: some(anyName),
      tenant: some(anyWord()),
      tags: some(fc.array(fc.string())),
      expiresAt: some(anyInstant),
      chainDepth: some(fc.nat(100)),
      trace: some(anyWord()),
    });
    fc.assert(
      fc.property(anyInput, (any) => {
        const run = newRun(any);
        expect(runSchema.parse(run)).toEqual(run);
        expect(run.state).toBe(any.dueAt - any.now > maxDelayMs ? "parked" : "queued");
      }),
    );
  });
});

describe("the delay of a message", () => {
  test.each([
    [0, 0],
    [999, 0],
    [1_000, 1],
    [899_999, 899],
    [900_000, 900],
    [900_001, 900],
    [86_400_000, 900],
    [-5_000, 0],
  ])("for a run due in %d ms is %d s", (ms, seconds) => {
    expect(delaySeconds(now + ms, now)).toBe(seconds);
  });

  test("is never late, and early by less than a second unless it is the longest", () => {
    fc.assert(
      fc.property(anyInstant, fc.integer({ min: -100_000, max: 2_000_000 }), (at, ms) => {
        const seconds = delaySeconds(at + ms, at);
        expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= 900).toBe(true);
        expect(seconds * 1_000).toBeLessThanOrEqual(Math.max(0, ms));
        if (seconds < 900) expect(seconds * 1_000).toBeGreaterThan(ms - 1_000);
      }),
    );
  });
});
