import { describe, expect, test } from "@jest/globals";
import { between } from "../../../../shared/core/rules/cron/combine.ts";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { except } from "../../../../shared/core/rules/cron/except.ts";
import { at, every } from "../../../../shared/core/rules/rule.ts";
import { messageOf, take } from "./take.ts";

describe("except on dates", () => {
  test("leaves out whole days of the rule's own zone", () => {
    const daily = between(cron("0 20 * * *", "America/New_York"), { start: "2027-01-01T00:00:00Z" });
    const rule = except(daily, { dates: ["2027-12-24", "2027-12-25"] });
    expect(take(rule, { after: "2027-12-24T00:00:00Z", count: 2 })).toEqual([
      "2027-12-24T01:00:00Z",
      "2027-12-27T01:00:00Z",
    ]);
  });

  test("leaves out days of the zone it is given, or of UTC", () => {
    const after = { after: "2027-12-24T22:30:00Z", count: 1 };
    const hourly = every("1 hour");
    const dates = ["2027-12-25"];
    expect(take(except(hourly, { dates }), after)).toEqual(["2027-12-24T23:00:00Z"]);
    expect(take(except(hourly, { dates, zone: "Europe/Madrid" }), after)).toEqual(["2027-12-25T23:00:00Z"]);
  });

  test("leaves out all of a day on which the clocks change", () => {
    const rule = except(every("30 minutes"), {
      dates: ["2025-11-02", "2025-03-09"],
      zone: "America/New_York",
    });
    expect(take(rule, { after: "2025-11-02T03:45:00Z", count: 1 })).toEqual(["2025-11-03T05:00:00Z"]);
    expect(take(rule, { after: "2025-03-09T04:45:00Z", count: 1 })).toEqual(["2025-03-10T04:00:00Z"]);
  });

  test("passes a year of excluded seconds at once", () => {
    const dates = Array.from({ length: 365 }, (_, day) =>
      new Date(Date.UTC(2027, 0, 1 + day)).toISOString().slice(0, 10),
    );
    const rule = except(every("1 second"), { dates });
    expect(take(rule, { after: "2026-12-31T23:59:58Z", count: 2 })).toEqual([
      "2026-12-31T23:59:59Z",
      "2028-01-01T00:00:00Z",
    ]);
  });

  test.each(["2027-02-30", "25.12.2027", "2027-13-01", "9".repeat(100)])("refuses %s", (date) => {
    expect(() => except(every("1 hour"), { dates: [date] })).toThrow(
      'dates: expected a date such as "2027-12-25"',
    );
  });

  test("refuses an unknown zone", () => {
    expect(() => except(every("1 hour"), { zone: "Mars" })).toThrow("zone: expected an IANA time zone");
  });
});

describe("except by a calendar", () => {
  const weekend = (instant: Date) => [0, 6].includes(instant.getUTCDay());

  test("leaves out the instants for which it says yes", () => {
    const rule = except(every("12 hours"), { calendar: weekend });
    expect(take(rule, { after: "2027-01-01T00:00:00Z", count: 2 })).toEqual([
      "2027-01-01T12:00:00Z",
      "2027-01-04T00:00:00Z",
    ]);
  });

  test("ends where its rule ends", () => {
    const rule = except(at("2027-01-02T00:00:00Z"), { calendar: weekend });
    expect(take(rule, { after: "2026-01-01T00:00:00Z", count: 1 })).toEqual([]);
  });

  test("says so when it leaves nothing over", () => {
    const rule = except(every("1 second"), { calendar: () => true });
    expect(messageOf(() => rule.next(new Date("2027-01-01T00:00:00Z")))).toMatch(
      /calendar: expected a gap, but it excludes 1000000 instants up to 2027-01-12/,
    );
  });
});

describe("the text", () => {
  const daily = cron("@daily", "Europe/Madrid");
  const dates = ["2027-01-01", "2027-01-06", "2027-05-01", "2027-12-25"];

  test("names the first exceptions, and keeps the zone", () => {
    expect(except(daily, { dates, calendar: () => false })).toMatchObject({
      text: "@daily (Europe/Madrid) except 2027-01-01, 2027-01-06, 2027-05-01, 1 more date #2UePYP1C, by calendar",
      zone: "Europe/Madrid",
    });
    expect(except(daily, {}).text).toBe("@daily (Europe/Madrid)");
    expect(except(daily, { calendar: () => false }).text).toBe("@daily (Europe/Madrid) except by calendar");
  });

  test("is another for each other choice of dates, and the same for the same in another order", () => {
    const text = (...more: readonly string[]) => except(daily, { dates: [...dates, ...more] }).text;
    expect(text("2027-12-26")).toContain("2027-05-01, 2 more dates #");
    expect(new Set([text(), text("2027-12-26"), text("2027-12-27")]).size).toBe(3);
    expect(except(daily, { dates: dates.toReversed() }).text).toBe(text("2027-01-01"));
  });

  test("names the zone of the dates where it is not the rule's", () => {
    expect(except(every("1 hour"), { dates: ["2027-01-01"], zone: "Europe/Madrid" }).text).toBe(
      "every 1 hour except 2027-01-01 in Europe/Madrid",
    );
    expect(except(daily, { dates: ["2027-01-01"], zone: "Europe/Madrid" }).text).toBe(
      "@daily (Europe/Madrid) except 2027-01-01",
    );
  });
});
