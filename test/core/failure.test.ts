import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cut, failureOf, fingerprintOf } from "../../shared/core/failure.ts";
import { anyUnit } from "./any-run.ts";

const circular: { self?: unknown } = {};
circular.self = circular;

const nothing: unknown = Object.create(null);

const hostile = Object.defineProperty(new Error("x"), "message", {
  get: () => {
    throw new Error("not even that");
  },
});

describe("the failure kept of something thrown", () => {
  const wordless = (type: string) => `threw something (${type}) that cannot be put into words`;

  test.each<[string, unknown, string, string]>([
    ["an error", new TypeError("no such field"), "TypeError", "no such field"],
    ["a text", "just text", "Error", "just text"],
    ["undefined", undefined, "Error", "threw undefined instead of an Error"],
    ["null", null, "Error", "threw null instead of an Error"],
    ["a number", 42, "Error", "threw 42 instead of an Error"],
    ["an object", { code: 7 }, "Error", 'threw {"code":7} instead of an Error'],
    ["a symbol", Symbol("x"), "Error", "threw Symbol(x) instead of an Error"],
    ["a bigint", 10n, "Error", wordless("bigint")],
    ["a circle", circular, "Error", wordless("object")],
    ["an error whose message throws", hostile, "Error", wordless("object")],
    [
      "an error whose message is none",
      Object.assign(new Error(), { message: nothing }),
      "Error",
      wordless("object"),
    ],
  ])("of %s is a name and a message", (_, thrown, name, message) => {
    expect(failureOf(thrown)).toEqual({ name, message });
  });

  test("is cut to what a row has room for", () => {
    const thrown = Object.assign(new Error("m".repeat(1_000_000)), { name: "N".repeat(1_000) });
    expect(failureOf(thrown)).toEqual({ name: `${"N".repeat(79)}…`, message: `${"m".repeat(299)}…` });
  });

  test("is short and well-formed Unicode, whatever was thrown", () => {
    const anyError = fc.string({ unit: anyUnit, maxLength: 700 }).map((message) => new Error(message));
    fc.assert(
      fc.property(
        fc.oneof(fc.anything({ withNullPrototype: true, withBigInt: true }), anyError),
        (thrown) => {
          const { name, message } = failureOf(thrown);
          expect([name.isWellFormed(), message.isWellFormed()]).toEqual([true, true]);
          expect(name.length).toBeLessThanOrEqual(80);
          expect(message.length).toBeLessThanOrEqual(300);
        },
      ),
    );
  });
});

describe("a cut text", () => {
  test("is whole when it fits and ends in a mark when it does not", () => {
    expect([cut("abc", 3), cut("abcd", 3), cut("", 3)]).toEqual(["abc", "ab…", ""]);
  });

  test("has no half of a character in it, for a store would refuse the whole request", () => {
    expect(cut("a😀b", 3)).toBe("a\ufffd…");
    expect(cut("\ud83d", 3)).toBe("\ufffd");
  });
});

describe("a failure's fingerprint", () => {
  const of = (message: string, name = "Error") => fingerprintOf({ name, message });

  test.each([
    ["numbers", "user 17 not found", "user 1800 not found"],
    ["quoted values", 'no field "a b"', 'no field "c"'],
    ["UUIDs", "no 0189f7ea-ae2f-7b5c-8e5a-000000000001", "no ffffffff-ffff-4fff-bfff-ffffffffffff"],
    ["ULIDs", "run 01ARZ3NDEKTSV4RRFFQ69G5FAV", "run 01BX5ZZKBKACTAV9WEVGEMMVRZ"],
  ])("is the same for failures that differ only in %s", (_, one, other) => {
    expect(of(one)).toBe(of(other));
  });

  test("differs by name and by what is left of the message", () => {
    const prints = [of("a"), of("b"), of("a", "TypeError"), of("a 1"), of("a *b")];
    expect(new Set(prints).size).toBe(prints.length);
  });

  test("is stored, and so never changes", () => {
    expect(of('user 17 has no "name"')).toBe("b14ce1828336");
    expect(of("anything at all")).toMatch(/^[0-9a-f]{12}$/);
  });

  test("takes no longer for a long message made to slow it down", () => {
    const startedAt = performance.now();
    for (const part of ["0", "a", '"', "0-", "0a"]) of(part.repeat(300));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
