import { expect, test } from "@jest/globals";
import { Cron } from "croner";
import fc from "fast-check";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { cases } from "../../../cases.ts";
import { arbitraryCron, arbitraryInstant } from "./arbitrary.ts";

/** What the two read differently by design: croner takes no L-3, and counts a starred step as a restriction of the day. */
const isCommon = (text: string): boolean => {
  const [, , day = "", , weekday = ""] = text.split(" ");
  return !day.startsWith("L-") && !day.startsWith("*/") && !weekday.startsWith("*/");
};

test("without changes of the clocks, croner finds the same instants", () => {
  const common = arbitraryCron.filter(({ text }) => isCommon(text));
  const holds = fc.property(common, arbitraryInstant, ({ text }, after) => {
    const theirs = new Cron(text, { timezone: "UTC", paused: true }).nextRun(after);
    expect(cron(text, "UTC", { allowNever: true }).next(after)).toEqual(theirs ?? undefined);
  });
  fc.assert(holds, cases(300));
});
