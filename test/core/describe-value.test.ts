import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { describeValue } from "../../shared/core/describe-value.ts";
import { anyUnit } from "./runs/any-run.ts";

class Parcel {}

test.each<[string, unknown, string]>([
  ["a text with its quotes", "soon", '"soon"'],
  ["a long text cut", "x".repeat(100), `"${"x".repeat(62)}…`],
  ["a number", 1.5, "1.5"],
  ["a bigint with its suffix", 10n, "10n"],
  ["nothing", undefined, "undefined"],
  ["null", null, "null"],
  ["a symbol", Symbol("s"), "Symbol(s)"],
  ["a function", () => 1, "a function"],
  ["a class", Parcel, "a function"],
  ["an array", [1], "an array"],
  ["a Date, which is given only where a valid one is expected", new Date(Number.NaN), "an invalid Date"],
  ["an instance by its class", new Parcel(), "an instance of Parcel"],
  ["an object", { a: 1 }, "an object"],
  ["an object without a prototype", Object.create(null), "an object"],
  ["an instance of a class without a name", new (class {})(), "an object"],
])("describes %s in a short phrase", (_, value, phrase) => {
  expect(describeValue(value)).toBe(phrase);
});

test("describes any text in at most 64 characters of well-formed Unicode", () => {
  fc.assert(
    fc.property(fc.string({ unit: anyUnit, maxLength: 100 }), (text) => {
      const phrase = describeValue(text);
      expect(phrase.length).toBeLessThanOrEqual(64);
      expect(phrase.isWellFormed()).toBe(true);
    }),
  );
});
