import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { laneNames } from "../../shared/core/lane.ts";
import {
  deadKeyOf,
  deadSortAfter,
  deadSortOf,
  dueShards,
  listKeyOf,
  listShards,
  parseDeadSort,
  scheduleTimerKey,
  shardNumbers,
  shardOf,
  timerKeyOf,
  timerListKey,
} from "../../shared/core/shard.ts";
import { anyInstant, anyUnit } from "./runs/any-run.ts";

describe("a text's shard", () => {
  test.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("comes of FNV-1a, 32 bits: the draft's own vector for %j", (text, hash) => {
    expect(shardOf(text, 2 ** 32)).toBe(hash);
  });

  test.each([
    ["greet:k", "greet#1", "sweep#1"],
    ["greet:daily@2026-01-01T00:00:00Z", "greet#3", "sweep#3"],
    ["greet:01ARZ3NDEKTSV4RRFFQ69G5FAV", "greet#1", "sweep#9"],
    ["greet:ключ", "greet#0", "sweep#12"],
  ])("is stored, and so never changes: %s", (id, listKey, due) => {
    expect([listKeyOf("greet", id), timerKeyOf("sweep", id)]).toEqual([listKey, due]);
    expect(timerKeyOf("park", id)).toBe(due.replace("sweep", "park"));
  });

  test("is one of those that are read", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyUnit }), fc.integer({ min: 1, max: 100 }), (text, shards) => {
        expect(shardNumbers(shards)).toContain(shardOf(text, shards));
      }),
    );
  });

  test("spreads ids that differ in little over all shards evenly", () => {
    const counts = shardNumbers(dueShards).map(() => 0);
    for (let i = 0; i < 16_000; i++) {
      const shard = shardOf(`greet:daily@2026-01-01T00:00:${i}Z`, dueShards);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });
});

test("the counts of shards are part of the stored data", () => {
  expect([listShards, dueShards]).toEqual([4, 16]);
  expect(shardNumbers(listShards)).toEqual([0, 1, 2, 3]);
  expect(timerListKey("park", 15)).toBe("park#15");
});

test("schedules wait in a list per lane", () => {
  const keys = laneNames.flatMap((lane) =>
    shardNumbers(dueShards).map((shard) => scheduleTimerKey(lane, shard)),
  );
  expect(keys[0]).toBe("schedule#critical#0");
  expect(new Set(keys).size).toBe(laneNames.length * dueShards);
});

describe("the order of the dead", () => {
  const anyFingerprint = fc.stringMatching(/^[0-9a-f]{12}$/);

  test("is stored, and so never changes", () => {
    expect(deadSortOf("b14ce1828336", 0)).toBe("b14ce1828336#1970-01-01T00:00:00.000Z");
    expect(deadKeyOf("greet", "greet:k")).toBe("greet#1");
  });

  test("has one fingerprint after the other, and of each the deaths in the order of time", () => {
    const anyDeath = fc.tuple(anyFingerprint, anyInstant);
    fc.assert(
      fc.property(anyDeath, anyDeath, ([a, at], [b, later]) => {
        const isBefore = a < b || (a === b && at < later);
        expect(deadSortOf(a, at) < deadSortOf(b, later)).toBe(isBefore);
        expect(deadSortOf(b, later) > deadSortAfter(a)).toBe(b > a);
        expect(parseDeadSort(deadSortOf(a, at))).toEqual({ fingerprint: a, diedAt: at });
      }),
    );
  });
});
