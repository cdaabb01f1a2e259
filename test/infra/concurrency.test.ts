import { describe, expect, test } from "@jest/globals";
import { concurrencyOf, reservedConcurrency } from "../../infra/concurrency.ts";
import { withDefaults } from "../../infra/settings.ts";
import { stages } from "../../infra/stages.ts";
import { dueShards } from "../../shared/core/shard.ts";

const [dev, prod] = [withDefaults(stages[0]), withDefaults(stages[1])];

describe("concurrencyOf", () => {
  test.each([8, 9, 10, 11, 13, 20, 57, 500])(
    "distributes all of %i workers among the lanes, at least 2 each",
    (total) => {
      const { workers } = concurrencyOf({ ...dev, workerConcurrency: total, accountConcurrency: 1_000 });
      const each = Object.values(workers);
      expect(each.reduce((sum, count) => sum + count, 0)).toBe(total);
      expect(each).toEqual(each.toSorted((a, b) => b - a));
      expect(Math.min(...each)).toBeGreaterThanOrEqual(2);
    },
  );

  test("gives a lane what its settings say, and the others their shares of the rest", () => {
    const lanes = { high: { concurrency: 40 }, low: { concurrency: 2 } };
    const { workers } = concurrencyOf({ ...dev, lanes, workerConcurrency: 102, accountConcurrency: 1_000 });
    expect(workers).toEqual({ critical: 40, high: 40, normal: 20, low: 2 });
  });

  test("includes the dispatcher's helpers only where the account has room for all of them", () => {
    const of = (accountConcurrency: number) =>
      concurrencyOf({ ...dev, workerConcurrency: 20, accountConcurrency });
    expect(of(22 + dueShards)).toMatchObject({ helpers: dueShards, total: 22 + dueShards });
    expect(of(21 + dueShards)).toMatchObject({ helpers: 0, total: 22 });
  });

  test("is reserved for ticks, helpers included, only with reservedTicks", () => {
    expect(reservedConcurrency(prod)).toBeUndefined();
    expect(reservedConcurrency({ ...prod, reservedTicks: 2 })).toEqual({
      dispatcher: 2 + dueShards,
      sweeper: 2,
    });
  });
});
