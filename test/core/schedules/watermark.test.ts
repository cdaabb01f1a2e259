import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  dispatchedMark,
  dispatchedShardMark,
  dispatchedUntil,
} from "../../../shared/core/schedules/watermark.ts";
import { dueShards, shardNumbers, shardOf } from "../../../shared/core/shard.ts";
import { anyInstant, anyName } from "../runs/any-run.ts";

const own = dispatchedShardMark(shardOf("daily", dueShards));
const others = shardNumbers(dueShards)
  .map(dispatchedShardMark)
  .filter((mark) => mark !== own);

describe("the instant up to which a schedule has been planned", () => {
  test.each<[string, readonly (readonly [string, number])[], number]>([
    ["0 when no tick has finished", [], 0],
    ["that of the last tick that finished all shards", [[dispatchedMark, 7]], 7],
    [
      "that of its shard when a later tick finished this one only",
      [
        [dispatchedMark, 7],
        [own, 9],
      ],
      9,
    ],
    [
      "that of all shards when its own mark is older",
      [
        [dispatchedMark, 9],
        [own, 7],
      ],
      9,
    ],
    ["none of the other shards'", others.map((mark) => [mark, 9] as const), 0],
  ])("is %s", (_, marks, until) => {
    expect(dispatchedUntil(new Map(marks), "daily")).toBe(until);
  });

  test("never goes back when any mark moves forward", () => {
    const names = [dispatchedMark, ...shardNumbers(dueShards).map(dispatchedShardMark)];
    const anyMark = fc.tuple(fc.constantFrom(...names), anyInstant);
    fc.assert(
      fc.property(anyName, fc.array(anyMark), anyMark, (schedule, marks, [name, at]) => {
        const before = new Map(marks);
        const after = new Map(before).set(name, Math.max(before.get(name) ?? 0, at));
        expect(dispatchedUntil(after, schedule)).toBeGreaterThanOrEqual(dispatchedUntil(before, schedule));
      }),
    );
  });
});

test("the names of the marks are part of the stored data", () => {
  expect([dispatchedMark, dispatchedShardMark(15)]).toEqual(["dispatched", "dispatched#15"]);
});
