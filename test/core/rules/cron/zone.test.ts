import { describe, expect, test } from "@jest/globals";
import { type Stretch, timelineOf } from "../../../../shared/core/rules/cron/zone.ts";
import { sampled } from "../../../cases.ts";

const seconds = (text: string) => Date.parse(text) / 1_000;
const at = (zone: string, instant: string): Stretch => timelineOf(zone).at(seconds(instant));

describe("a stretch of even time", () => {
  test("lasts from one change of the clocks to the next, and knows the offsets around it", () => {
    expect(at("Europe/Madrid", "2025-07-01T00:00:00Z")).toEqual({
      start: seconds("2025-03-30T01:00:00Z"),
      end: seconds("2025-10-26T01:00:00Z"),
      offset: 7_200,
      before: 3_600,
      after: 3_600,
    });
  });

  test("includes its first second and not its end", () => {
    expect(at("Europe/Madrid", "2025-03-30T01:00:00Z").offset).toBe(7_200);
    expect(at("Europe/Madrid", "2025-03-30T00:59:59Z").offset).toBe(3_600);
    expect(at("Europe/Madrid", "2025-10-26T01:00:00Z").offset).toBe(3_600);
  });

  test("covers a year where the clocks never change, cut where no zone changes them", () => {
    expect(at("Asia/Kolkata", "2025-07-01T00:00:00Z")).toEqual({
      start: seconds("2024-11-27T00:00:00Z"),
      end: seconds("2025-11-27T00:00:00Z"),
      offset: 19_800,
      before: 19_800,
      after: 19_800,
    });
  });

  test("is found where the clocks change twice within a week", () => {
    expect(at("America/Recife", "2000-10-10T00:00:00Z")).toMatchObject({
      start: seconds("2000-10-08T03:00:00Z"),
      end: seconds("2000-10-15T02:00:00Z"),
    });
  });

  test("knows offsets with seconds, as Liberia had them", () => {
    expect(at("Africa/Monrovia", "1971-01-01T00:00:00Z")).toMatchObject({ offset: -2_670, after: -2_670 });
    expect(at("Africa/Monrovia", "1972-01-07T00:44:30Z")).toMatchObject({ offset: 0, before: -2_670 });
  });
});

test("no zone changes its clocks where years are cut, on 27 November", () => {
  for (const timeZone of sampled(Intl.supportedValuesOf("timeZone"))) {
    const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
    const offset = (text: string) => format.format(Date.parse(text)).split(", ")[1];
    for (let year = 1970; year < 2060; year += 1) {
      expect(offset(`${year}-11-26T12:00:00Z`)).toBe(offset(`${year}-11-27T12:00:00Z`));
    }
  }
});

test("a zone keeps its timeline, until far more spellings than zones have been seen", () => {
  const first = timelineOf("Europe/Madrid");
  expect(timelineOf("Europe/Madrid")).toBe(first);
  for (let spelling = 0; spelling < 1_024; spelling += 1) {
    timelineOf(spelled("antarctica/troll", spelling));
  }
  const second = timelineOf("Europe/Madrid");
  expect(second).not.toBe(first);
  expect(second.at(0)).toEqual(first.at(0));
});

/** The bits of a number say which letters become capitals. */
const spelled = (zone: string, bits: number): string =>
  [...zone].map((letter, index) => (bits & (1 << index) ? letter.toUpperCase() : letter)).join("");
