import { describe, expect, test } from "@jest/globals";
import { anyOf, between } from "../../../shared/core/rules/cron/combine.ts";
import { cron } from "../../../shared/core/rules/cron/cron.ts";
import { except } from "../../../shared/core/rules/cron/except.ts";
import { at, every, type Rule, ruleSignature } from "../../../shared/core/rules/rule.ts";

describe("ruleSignature", () => {
  test.each<[Rule, string]>([
    [every("30 seconds"), "every 30 seconds"],
    [at("2027-01-01T00:00:00Z"), "at 2027-01-01T00:00:00.000Z"],
    [cron("0 3 * * *"), "0 3 * * * (UTC) [gap: run-after-gap, overlap: first]"],
    [
      cron("0 3 * * *", "Europe/Madrid", { dst: "skip" }),
      "0 3 * * * (Europe/Madrid) [gap: skip, overlap: first]",
    ],
    [
      between(cron("@daily", "Asia/Tokyo"), { start: "2027-01-01T00:00:00Z" }),
      "@daily (Asia/Tokyo) from 2027-01-01T00:00:00.000Z",
    ],
    [{ text: "when the moon is full", next: () => undefined }, "when the moon is full"],
  ])("contains the text, the zone and the DST policy", (rule, line) => {
    expect(ruleSignature(rule)).toBe(line);
  });
});

describe("a fixed-delay rule", () => {
  const fixedDelay = every("90 seconds", { anchor: "fixed-delay" });

  test("is marked as fixed-delay, also as a part of a combined rule", () => {
    const bounds = { start: "2027-01-01T00:00:00Z" };
    const all = [
      fixedDelay,
      between(fixedDelay, bounds),
      except(fixedDelay, {}),
      anyOf(every("1 hour"), fixedDelay),
    ];
    expect(all.map(({ isFixedDelay }) => isFixedDelay)).toEqual([true, true, true, true]);
  });

  test("is the only kind that is marked as fixed-delay", () => {
    const hourly = every("1 hour");
    const all = [hourly, cron("@daily"), between(hourly, {}), except(hourly, {}), anyOf(hourly)];
    expect(all.map(({ isFixedDelay }) => isFixedDelay ?? false)).toEqual(all.map(() => false));
  });
});

test.each(["0 seconds", "1.5 seconds", "999 milliseconds"] as const)("every %s is refused", (interval) => {
  expect(() => every(interval)).toThrow(`every: expected whole seconds, at least 1, got "${interval}"`);
});
