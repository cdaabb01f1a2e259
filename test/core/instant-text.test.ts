import { expect, test } from "@jest/globals";
import { isoText } from "../../shared/core/instant-text.ts";

test.each<[number, string]>([
  [0, "1970-01-01T00:00:00.000Z"],
  [8.64e15, "+275760-09-13T00:00:00.000Z"],
  [9e15, "9000000000000000 ms since 1970"],
  [Number.NaN, "NaN ms since 1970"],
])("shows the instant %p without an error", (instant, text) => {
  expect(isoText(instant)).toBe(text);
});
