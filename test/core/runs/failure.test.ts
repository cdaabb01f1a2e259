import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRedactor } from "../../../shared/core/redact.ts";
import { failureOf, fingerprintOf, truncate } from "../../../shared/core/runs/failure.ts";
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
  const wordless = (type: string) => `threw a value (${type}) that cannot be described`;

  test.each<[string, unknown, string, string]>([
    ["an error", new TypeError("no such field"), "TypeError", "no such field"],
    ["an error without a name", Object.assign(new Error("x"), { name: null }), "Error", "x"],
    ["an error with an empty name", Object.assign(new Error("x"), { name: "" }), "Error", "x"],
    ["a text", "just text", "Error", "just text"],
    ["undefined", undefined, "Error", "threw undefined instead of an Error"],
    ["null", null, "Error", "threw null instead of an Error"],
    ["a number", 42, "Error", "threw 42 instead of an Error"],
    ["an object", { code: 7 }, "Error", 'threw {"code":7} instead of an Error'],
    ["a symbol", Symbol("x"), "Error", "threw Symbol(x) instead of an Error"],
    ["a bigint", 10n, "Error", 'threw "10" instead of an Error'],
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

  test.each<[string, unknown, string]>([
    [
      "a failed fetch",
      new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:9") }),
      "fetch failed (cause: connect ECONNREFUSED 127.0.0.1:9)",
    ],
    [
      "a failed fetch of a name with two addresses",
      new TypeError("fetch failed", {
        cause: Object.assign(
          new AggregateError([
            new Error("connect ECONNREFUSED ::1:9"),
            new Error("connect ECONNREFUSED 127.0.0.1:9"),
          ]),
          { code: "ECONNREFUSED" },
        ),
      }),
      "fetch failed (cause: connect ECONNREFUSED ::1:9; connect ECONNREFUSED 127.0.0.1:9)",
    ],
    [
      "errors without a message",
      new AggregateError([new Error("a"), new TypeError("b"), "a"]),
      "a; TypeError: b",
    ],
    [
      "several errors",
      new AggregateError([new Error("a"), new Error("b")], "All promises were rejected"),
      "All promises were rejected (errors: a; b)",
    ],
    ["an AggregateError of nothing", new AggregateError([]), ""],
    ["a code", Object.assign(new Error("duplicate key"), { code: "23505" }), "duplicate key [23505]"],
    ["a code alone", Object.assign(new Error(""), { code: "ECONNRESET" }), "ECONNRESET"],
    [
      "a code that is in the message",
      Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
      "read ECONNRESET",
    ],
    ["a DOMException, whose code says nothing", new DOMException("stopped", "AbortError"), "stopped"],
    [
      "causes of causes",
      new Error("a", { cause: new Error("b", { cause: "c" }) }),
      "a (cause: b (cause: c))",
    ],
    ["a cause with a name", new Error("a", { cause: new RangeError("b") }), "a (cause: RangeError: b)"],
    [
      "a cause that is already in the message",
      new Error("failed: b", { cause: new Error("b") }),
      "failed: b",
    ],
    ["an object that is not an Error", { message: "no quota", code: 8 }, "no quota [8]"],
    [
      "a secret",
      new Error("GET /?token=abc failed", { cause: new Error("Bearer a1b2c3d4e5") }),
      "GET /?token=[redacted] failed (cause: Bearer [redacted])",
    ],
    [
      "a secret in an object",
      { headers: { authorization: "Bearer abc" } },
      'threw {"headers":{"authorization":"[redacted]"}} instead of an Error',
    ],
  ])("of %s has what happened in its message", (_, thrown, message) => {
    expect(failureOf(thrown).message).toBe(message);
  });

  test("of an error of another realm has its name and message", () => {
    expect(failureOf(runInNewContext("new RangeError('out there')"))).toEqual({
      name: "RangeError",
      message: "out there",
    });
  });

  test("leaves room for the cause of a long message", () => {
    const { message } = failureOf(new Error("m".repeat(400), { cause: new Error("refused") }));
    expect(message).toMatch(/^m{200,}… \(cause: refused\)$/);
    expect(message).toHaveLength(300);
  });

  test("ends where causes go in a circle, or are too many", () => {
    const [a, b] = [new Error("a"), new Error("b")];
    Object.assign(a, { cause: b });
    Object.assign(b, { cause: a });
    expect(failureOf(a).message).toBe("a (cause: b (cause: a (cause: b (cause: a (cause: b)))))");
    const wide = (depth: number): Error =>
      depth === 0 ? new Error("leaf") : new AggregateError(Array.from({ length: 12 }, () => wide(depth - 1)));
    expect(failureOf(wide(3)).message).toBe("");
  });

  test("has no secret that was registered", () => {
    const { redact } = createRedactor(["open sesame"]);
    expect(failureOf(new Error("said open sesame"), redact).message).toBe("said [redacted]");
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
    expect([truncate("abc", 3), truncate("abcd", 3), truncate("", 3)]).toEqual(["abc", "ab…", ""]);
  });

  test("has no half of a character in it, for a store would refuse the whole request", () => {
    expect(truncate("a😀b", 3)).toBe("a\ufffd…");
    expect(truncate("\ud83d", 3)).toBe("\ufffd");
  });
});

describe("a failure's fingerprint", () => {
  const of = (message: string, name = "Error") => fingerprintOf({ name, message });

  test.each([
    ["numbers", "user 17 not found", "user 1800 not found"],
    ["quoted values", 'no field "a b"', 'no field "c"'],
    ["UUIDs", "no 0189f7ea-ae2f-7b5c-8e5a-000000000001", "no ffffffff-ffff-4fff-bfff-ffffffffffff"],
    ["addresses", "connect ECONNREFUSED ::1:6379", "connect ECONNREFUSED 127.0.0.1:9"],
    ["addresses of version 6", "no route to 2001:db8::8a2e:370:7334", "no route to fe80::1"],
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
