import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { bytesOf, isTooDeep, jsonHash, jsonText, maxDepth, readJson } from "../../shared/core/json.ts";
import { anyJson } from "./runs/any-run.ts";

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

/** The same value with the keys of every object the other way round. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reversed(part)]),
  );
};

const depthOf = (value: unknown): number =>
  value !== null && typeof value === "object" ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe("the hash of an input", () => {
  test("is stored, and so never changes", () => {
    expect(jsonHash('{"b":[1,2],"a":"x"}')).toBe("ch74Ly1sCZe_-3qKs_QPj7RbC1LOKvOvprDwXvvcMX8");
    expect(jsonHash(undefined)).toBe("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
  });

  test("does not depend on the order of keys, at any depth, nor on white space", () => {
    expect(jsonHash('{"a":{"c":1,"d":[{"e":1,"f":2}]},"b":2}')).toBe(
      jsonHash('{ "b": 2, "a": {"d": [{"f": 2, "e": 1}], "c": 1} }'),
    );
    fc.assert(
      fc.property(anyJson(), (value) => {
        expect(jsonHash(JSON.stringify(reversed(value)))).toBe(jsonHash(JSON.stringify(value)));
      }),
    );
  });

  test("depends on everything else", () => {
    const texts = ['{"a":1}', '{"a":"1"}', '{"a":[1]}', "[1,2]", "[2,1]", "null", '""', "{}", "[]"];
    const proto = [
      '{"__proto__":1}',
      '{"__proto__":{"a":1}}',
      '{"toJSON":1}',
      '{"1":0,"0":1}',
      '{"1":1,"0":0}',
    ];
    const hashes = [undefined, ...texts, ...proto].map(jsonHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test("differs for any two values that differ", () => {
    fc.assert(
      fc.property(anyJson(2), anyJson(2), (a, b) => {
        const isEqual = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(jsonHash(JSON.stringify(a)) === jsonHash(JSON.stringify(b))).toBe(isEqual);
      }),
    );
  });
});

const sorted = (value: unknown): unknown =>
  value !== null && typeof value === "object"
    ? [
        Array.isArray(value),
        Object.entries(value)
          .map(([key, part]) => [key, sorted(part)])
          .sort(byKey),
      ]
    : value;

const byKey = ([a]: unknown[], [b]: unknown[]): number => (String(a) < String(b) ? -1 : 1);

describe("a value on the wire", () => {
  test("is JSON text, or nothing where JSON has no word", () => {
    expect(jsonText({ a: [1, undefined], b: undefined })).toBe('{"a":[1,null]}');
    expect(jsonText(undefined)).toBeUndefined();
  });

  test("is counted in bytes of UTF-8", () => {
    expect(["", "a", "é", "€", "😀"].map(bytesOf)).toEqual([0, 1, 2, 3, 4]);
  });

  test.each([
    [nested(64), false],
    [nested(65), true],
    ['{"a":'.repeat(64), false],
    ['{"a":'.repeat(65), true],
    [`"${"[".repeat(100)}"`, false],
    [`"\\"${"[".repeat(100)}"`, false],
    [`"\\\\",${nested(65)}`, true],
    ["[]".repeat(1_000), false],
    [`[${"{},".repeat(1_000)}1]`, false],
    [nested(1_000_000), true],
    ["", false],
  ])("is too deep from 65 levels on, brackets in texts not counted (%#)", (text, is) => {
    expect(maxDepth).toBe(64);
    expect(isTooDeep(text)).toBe(is);
  });

  test("is as deep as its value is", () => {
    fc.assert(
      fc.property(anyJson(6), fc.nat(8), (value, most) => {
        expect(isTooDeep(JSON.stringify(value), most)).toBe(depthOf(value) > most);
      }),
    );
  });
});

describe("a JSON text that is read", () => {
  const lost = (number: string) =>
    `the number ${number} has more digits than JavaScript keeps; send it as a string`;

  test.each<[string, string, object]>([
    ["has its value", '{"a":[1,"x"]}', { value: { a: [1, "x"] } }],
    ["keeps a number of 16 digits", "9007199254740991", { value: 9007199254740991 }],
    ["keeps an integer as JavaScript writes it", "100000000000000000000", { value: 1e20 }],
    ["rounds a fraction, as every reader does", "[0.1234567890123456789]", { value: [0.12345678901234568] }],
    ["keeps a zero with an exponent", "0e7", { value: 0 }],
    [
      "is refused when it is one number that loses digits",
      "9007199254740993",
      { problem: lost("9007199254740993") },
    ],
    [
      "is refused with the key of a number that loses digits",
      '{"id":9007199254740993}',
      { problem: `id: ${lost("9007199254740993")}` },
    ],
    ["is refused when a number is too large for JavaScript", "[1e999]", { problem: `0: ${lost("1e999")}` }],
    ["is refused when a number is too small for JavaScript", "[1E-999]", { problem: `0: ${lost("1E-999")}` }],
    ["is refused when it is too deep", nested(65), { problem: "expected JSON at most 64 levels deep" }],
  ])("%s", (_, text, read) => {
    expect(readJson(text)).toEqual(read);
  });

  test("is refused in a sentence when it is no JSON", () => {
    expect(readJson("{")).toEqual({
      problem: expect.stringMatching(/^expected JSON: ./),
      syntaxError: expect.stringMatching(/JSON/),
    });
  });
});
