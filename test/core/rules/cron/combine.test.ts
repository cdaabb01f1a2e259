import { describe, expect, test } from "@jest/globals";
import { anyOf, between } from "../../../../shared/core/rules/cron/combine.ts";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { except } from "../../../../shared/core/rules/cron/except.ts";
import { at, every, ruleSignature } from "../../../../shared/core/rules/rule.ts";
import { messageOf, take } from "./take.ts";

const hourly = every("1 hour");

describe("between", () => {
  test("lets a rule run from its start until just before its end", () => {
    const rule = between(hourly, { start: "2027-01-01T00:00:00Z", end: new Date("2027-01-01T02:00:00Z") });
    expect(take(rule, { after: "2026-01-01T00:00:00Z", count: 9 })).toEqual([
      "2027-01-01T00:00:00Z",
      "2027-01-01T01:00:00Z",
    ]);
  });

  test("counts from where the search begins once the start has passed", () => {
    const rule = between(hourly, { start: "2027-01-01T00:00:00Z" });
    expect(take(rule, { after: "2027-05-01T00:30:00Z", count: 1 })).toEqual(["2027-05-01T01:00:00Z"]);
  });

  test("ends where its rule ends", () => {
    const rule = between(at("2027-01-01T00:00:00Z"), { end: "2028-01-01T00:00:00Z" });
    expect(take(rule, { after: "2026-01-01T00:00:00Z", count: 2 })).toEqual(["2027-01-01T00:00:00Z"]);
  });

  test("says its bounds, and keeps the zone", () => {
    const bounds = { start: "2027-01-01T00:00:00+01:00", end: "2028-01-01T00:00:00Z" };
    expect(between(cron("@daily", "Asia/Tokyo"), bounds)).toMatchObject({
      text: "@daily (Asia/Tokyo) from 2026-12-31T23:00:00.000Z until 2028-01-01T00:00:00.000Z",
      zone: "Asia/Tokyo",
    });
    expect(between(hourly, {}).text).toBe("every 1 hour");
  });

  test("keeps what lies between its bounds", () => {
    const { limits } = between(hourly, { start: "2027-01-01T00:00:00Z", end: "2027-02-01T00:00:00Z" });
    const kept = [
      "2026-12-31T23:59:59Z",
      "2027-01-01T00:00:00Z",
      "2027-01-31T23:59:59Z",
      "2027-02-01T00:00:00Z",
    ];
    expect(kept.map((at) => limits?.keeps(new Date(at)))).toEqual([false, true, true, false]);
  });

  test("refuses bounds with nothing between them, and bounds that are no instants", () => {
    const empty = { start: "2027-01-01T00:00:00Z", end: "2027-01-01T00:00:00Z" };
    expect(messageOf(() => between(hourly, empty))).toBe(
      "DefinitionError: end: expected an instant after the start 2027-01-01T00:00:00.000Z, got 2027-01-01T00:00:00.000Z",
    );
    expect(messageOf(() => between(hourly, { start: "tomorrow" }))).toContain("start: expected an instant");
    expect(messageOf(() => between(hourly, { end: new Date(Number.NaN) }))).toContain("got an invalid Date");
  });
});

describe("anyOf", () => {
  test("is due when any of its rules is, once where they coincide", () => {
    const rule = anyOf(every("2 hours"), at("2027-01-01T01:00:00Z"), every("4 hours"), {
      text: "at three, once",
      next: (after) => (after.toISOString() < "2027-01-01T03" ? new Date("2027-01-01T03:00:00Z") : undefined),
    });
    expect(take(rule, { after: "2026-12-31T23:00:00Z", count: 5 })).toEqual([
      "2027-01-01T00:00:00Z",
      "2027-01-01T01:00:00Z",
      "2027-01-01T02:00:00Z",
      "2027-01-01T03:00:00Z",
      "2027-01-01T04:00:00Z",
    ]);
    expect(rule.text).toBe("every 2 hours or at 2027-01-01T01:00:00.000Z or every 4 hours or at three, once");
  });

  test("ends when the last of its rules ends", () => {
    const rule = anyOf(at("2027-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    expect(take(rule, { after: "2026-01-01T00:00:00Z", count: 9 })).toHaveLength(2);
  });

  test("needs a rule", () => {
    expect(() => anyOf()).toThrow("anyOf: expected at least one rule, got none");
  });
});

describe("the text of a combined rule", () => {
  const nine = (zone: string) => cron("0 9 * * *", zone);
  const [madrid, tokyo] = [nine("Europe/Madrid"), nine("Asia/Tokyo")];
  const start = { start: "2027-01-01T00:00:00Z" };
  const dates = ["2027-01-01"];

  test("names the zone of each part, and its policy where that was chosen", () => {
    expect(anyOf(madrid, tokyo).text).toBe("0 9 * * * (Europe/Madrid) or 0 9 * * * (Asia/Tokyo)");
    expect(anyOf(madrid.withDst("skip"), hourly, cron("rate(5 minutes)", "Asia/Tokyo")).text).toBe(
      "0 9 * * * (Europe/Madrid) [gap: skip, overlap: first] or every 1 hour or rate(5 minutes)",
    );
    const own = { text: "by the moon", zone: "Asia/Tokyo", next: () => undefined };
    expect(between(own, start).text).toBe("by the moon (Asia/Tokyo) from 2027-01-01T00:00:00.000Z");
  });

  test("is another for each other rule", () => {
    const rules = [
      madrid,
      tokyo,
      madrid.withDst("skip"),
      madrid.withDst({ overlap: "both" }),
      cron("cron(0 9 * * ? *)", "Europe/Madrid"),
      hourly,
      anyOf(madrid, every("2 hours")),
      anyOf(tokyo, every("2 hours")),
    ].flatMap((rule) => [
      between(rule, start),
      between(rule, { end: "2027-01-01T00:00:00Z" }),
      except(rule, { dates }),
      except(rule, { dates, zone: "Pacific/Apia" }),
      except(rule, { dates: ["2027-01-02"] }),
      except(rule, { dates, calendar: () => true }),
      anyOf(rule, between(hourly, start)),
      between(anyOf(rule, hourly), start),
      between(except(rule, { dates }), start),
    ]);
    expect(new Set(rules.map(ruleSignature)).size).toBe(rules.length);
    expect(rules.map(ruleSignature)).toEqual(rules.map(({ text }) => text));
  });

  test("brackets what its limits are for", () => {
    expect(between(anyOf(hourly, madrid), start).text).toBe(
      "(every 1 hour or 0 9 * * * (Europe/Madrid)) from 2027-01-01T00:00:00.000Z",
    );
    expect(anyOf(hourly, between(madrid, start)).text).toBe(
      "every 1 hour or 0 9 * * * (Europe/Madrid) from 2027-01-01T00:00:00.000Z",
    );
  });
});
