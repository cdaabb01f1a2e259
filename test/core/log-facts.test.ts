import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { logFacts } from "../../shared/core/log-facts.ts";
import { createRedactor } from "../../shared/core/redact.ts";

const circular: { self?: unknown } = {};
circular.self = circular;

const hostile = {
  get trap() {
    throw new Error("no");
  },
  fine: 1,
};

const deep = (levels: number): unknown => (levels === 0 ? "end" : { in: deep(levels - 1) });

describe("the facts of a log line", () => {
  test.each<[string, unknown, unknown]>([
    ["nothing", undefined, {}],
    ["null", null, {}],
    [
      "an object",
      { a: 1, b: undefined, c: null, d: [true, "x"] },
      { a: 1, b: undefined, c: null, d: [true, "x"] },
    ],
    ["a text", "plain", { facts: "plain" }],
    ["a list", [1, 2n], { facts: [1, "2"] }],
    ["a bigint inside", { id: 9007199254740993n }, { id: "9007199254740993" }],
    ["a circle", circular, { self: "[circular]" }],
    ["a Map", { counts: new Map([["a", 1]]) }, { counts: { a: 1 } }],
    ["a Map alone", new Map([["message", 1]]), { facts: { message: 1 } }],
    ["a Set", { ids: new Set([1, 2]) }, { ids: [1, 2] }],
    [
      "a Date",
      { at: new Date(0), bad: new Date(Number.NaN) },
      { at: "1970-01-01T00:00:00.000Z", bad: "Invalid Date" },
    ],
    [
      "numbers that JSON does not have",
      { n: Number.NaN, i: Number.POSITIVE_INFINITY },
      { n: "NaN", i: "Infinity" },
    ],
    ["a function and a symbol", { s: Symbol("x") }, { s: "Symbol(x)" }],
    ["bytes", { b: new Uint8Array(3) }, { b: "[3 bytes]" }],
    ["a URL", { u: new URL("https://x.example/?token=abc") }, { u: "https://x.example/?token=[redacted]" }],
    [
      "a toJSON that throws",
      { o: { toJSON: () => hostile.trap }, fine: 1 },
      { o: "[cannot be read]", fine: 1 },
    ],
    [
      "a Map with a key that has no text",
      { m: new Map([[Object.create(null), 1]]) },
      { m: "[cannot be read]" },
    ],
    ["a property that throws", hostile, { trap: "[cannot be read]", fine: 1 }],
    ["the same object twice", { a: hostile.fine, b: [circular.constructor === Object] }, { a: 1, b: [true] }],
    [
      "secrets by name",
      { password: "x", token: { a: 1 }, card: 4111, isSecret: true },
      { password: "[redacted]", token: "[redacted]", card: "[redacted]", isSecret: true },
    ],
  ])("are plain JSON of %s", (_, given, expected) => {
    expect(logFacts(given)).toEqual(expected);
  });

  test("keep the message, the stack and the causes of an Error, wherever it is", () => {
    const error = new TypeError("fetch failed", { cause: new Error("refused") });
    const kept = {
      name: "TypeError",
      message: "fetch failed",
      stack: expect.stringContaining("log-facts.test.ts:"),
      causes: [expect.objectContaining({ message: "refused" })],
    };
    expect(logFacts(error)).toEqual({ error: kept });
    expect(logFacts({ error, run: "a" })).toEqual({ error: kept, run: "a" });
    expect(logFacts({ all: [error] })).toEqual({ all: [kept] });
  });

  test("keep what has a name of the logger's under another key", () => {
    expect(logFacts({ message: "m", level: 3, order: 7 })).toEqual({
      order: 7,
      facts: { message: "m", level: 3 },
    });
    expect(logFacts({ message: "m", facts: { a: 1 } })).toEqual({ facts: { a: 1, message: "m" } });
    expect(logFacts({ message: "m", facts: "text" })).toEqual({ facts: { facts: "text", message: "m" } });
  });

  test("keep ours, and the ones of others under another key", () => {
    const own = { run: "greet:a", attempt: 2 };
    expect(logFacts({ run: 7, x: 1 }, { own })).toEqual({
      run: "greet:a",
      attempt: 2,
      x: 1,
      facts: { run: 7 },
    });
    expect(logFacts(new Error("e"), { own })).toMatchObject({ ...own, error: { message: "e" } });
    expect(logFacts({ toString: 1, __proto__: 2 }, { own })).not.toHaveProperty("facts");
  });

  test("have no secret that is registered", () => {
    const { redact } = createRedactor(["open sesame"]);
    expect(logFacts({ a: ["said open sesame"] }, { redact })).toEqual({ a: ["said [redacted]"] });
  });

  test("are bounded in depth, length and number", () => {
    expect(JSON.stringify(logFacts({ d: deep(20) }))).toContain("[too deep]");
    expect(logFacts({ list: Array.from({ length: 103 }, () => 0) })).toMatchObject({
      list: expect.arrayContaining(["[3 more]"]),
    });
    const entries = Array.from({ length: 103 }, (_, i) => [`k${i}`, i] as const);
    expect(logFacts({ map: new Map(entries) })).toMatchObject({ map: { k99: 99, "…": "[3 more]" } });
    const wide = Array.from({ length: 99 }, () => Array.from({ length: 99 }, () => "x".repeat(10)));
    expect(JSON.stringify(logFacts({ wide })).length).toBeLessThan(60_000);
    expect(JSON.stringify(logFacts({ text: "x".repeat(1_000_000) })).length).toBeLessThan(10_000);
  });

  test("are JSON whatever is given", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withNullPrototype: true,
          withBigInt: true,
          withMap: true,
          withSet: true,
          withDate: true,
        }),
        (given) => {
          expect(() => JSON.stringify(logFacts(given, { own: { run: "r" } }))).not.toThrow();
          expect(logFacts(given, { own: { run: "r" } })).toMatchObject({ run: "r" });
        },
      ),
    );
  });
});
