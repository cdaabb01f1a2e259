import { describe, expect, test } from "@jest/globals";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { previous } from "../../../../shared/core/rules/cron/previous.ts";
import { at, every } from "../../../../shared/core/rules/rule.ts";

const instant = (text: string) => new Date(text);

describe("the instant before", () => {
  test.each([
    ["2027-01-01T00:00:30Z", "2027-01-01T00:00:00.000Z"],
    ["2027-01-01T00:00:30.001Z", "2027-01-01T00:00:30.000Z"],
    ["2027-01-01T00:00:31Z", "2027-01-01T00:00:30.000Z"],
  ])("%s is %s for a rule due every 30 seconds", (text, expected) => {
    expect(previous(every("30 seconds"), instant(text))?.toISOString()).toBe(expected);
  });

  test("is found years back", () => {
    const leapDay = previous(cron("0 0 29 2 *", "Europe/Madrid"), instant("2027-06-01T00:00:00Z"));
    expect(leapDay).toEqual(instant("2024-02-28T23:00:00Z"));
  });

  test("is not there when the rule was not due yet", () => {
    expect(previous(at("2027-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z"))).toBeUndefined();
    expect(previous(cron("* * * * *"), instant("1970-01-01T00:00:00Z"))).toBeUndefined();
  });

  test("is not there before an invalid date", () => {
    expect(previous(every("1 second"), instant("never"))).toBeUndefined();
  });
});
