import { describe, expect, test } from "@jest/globals";
import { idleCostOf, idleCosts } from "../../../shared/core/cost/idle.ts";
import type { IdleShape } from "../../../shared/core/cost/idle-shape.ts";

const shape: IdleShape = {
  alarmMetrics: 13,
  customMetrics: 1,
  mappings: 4,
  tickMemoryMb: [512, 512],
  keys: 0,
};
const dollarsOf = (changed: Partial<IdleShape>) => {
  const { items } = idleCostOf("test", { ...shape, ...changed });
  return new Map(items.map(({ item, dollars }) => [item, dollars]));
};

describe("the idle cost of a stage", () => {
  test("has one item for each billed resource, and is the sum of them", () => {
    const { items, dollars } = idleCostOf("test", shape);
    const minutes = 43_200;
    const each = dollarsOf({});
    expect(each.get("alarms")).toBeCloseTo(1.3);
    expect(each.get("custom metrics")).toBeCloseTo(0.3);
    expect(each.get("SQS polls")).toBeCloseTo(4 * 15 * minutes * 0.4e-6);
    expect(each.get("SQS queue depths")).toBeCloseTo(8 * minutes * 0.4e-6);
    expect(each.get("Lambda")).toBeCloseTo(2 * minutes * (0.2e-6 + 0.5 * 0.5 * 13.3334e-6));
    expect(each.get("logs")).toBeCloseTo(2 * minutes * 0.9e-6 * 0.5);
    expect(each.get("DynamoDB reads")).toBeCloseTo(minutes * (40 + 14 + 4 * 10) * 0.125e-6);
    expect(each.get("DynamoDB writes")).toBeCloseTo(minutes * 2 * 0.625e-6);
    expect(items).toHaveLength(8);
    expect(dollars).toBeCloseTo([...each.values()].reduce((sum, one) => sum + one, 0));
  });

  test("includes a customer-managed KMS key and its requests", () => {
    const each = dollarsOf({ keys: 1 });
    expect(each.get("KMS key")).toBe(1);
    expect(each.get("KMS requests")).toBeCloseTo(4 * 8_640 * 3e-6);
  });

  test("grows with the memory of the tick functions", () => {
    expect(dollarsOf({ tickMemoryMb: [1_024, 1_024] }).get("Lambda")).toBeGreaterThan(
      dollarsOf({}).get("Lambda") ?? 0,
    );
  });

  test("is known for the stages of this project", () => {
    for (const { stage, dollars } of idleCosts()) expect([stage, dollars > 1]).toEqual([stage, true]);
  });
});
