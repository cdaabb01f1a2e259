import { describe, expect, test } from "@jest/globals";
import { shrink } from "../../../scripts/simulate/shrink.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("shrink", () => {
  test("finds the few items that fail together, in order", async () => {
    const fails = async (part: readonly number[]) => [3, 40, 77].every((item) => part.includes(item));
    expect(await shrink(upTo(100), fails)).toEqual([3, 40, 77]);
  });

  test("answers nothing when the check fails without any item", async () => {
    expect(await shrink(upTo(10), async () => true)).toEqual([]);
  });

  test("answers its result so far when time is over", async () => {
    let questions = 0;
    const fails = async (part: readonly number[]) => {
      questions++;
      return part.includes(5);
    };
    const left = await shrink(upTo(64), fails, () => questions < 3);
    expect(left).toContain(5);
    expect(left.length).toBeGreaterThan(1);
  });
});
