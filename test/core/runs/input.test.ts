import vm from "node:vm";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as z from "zod";
import { InvalidInputError } from "../../../shared/core/errors.ts";
import { defineJob } from "../../../shared/core/jobs/job.ts";
import { maxDepth } from "../../../shared/core/json.ts";
import { checkInput, maxPayloadBytes, parseInput } from "../../../shared/core/runs/input.ts";
import { anyJson } from "./any-run.ts";

const run = () => undefined;
const order = defineJob({
  name: "order",
  input: z.object({
    user: z.object({ id: z.uuid() }),
    lines: z.array(z.object({ count: z.number() })),
    note: z.string().trim().default("none"),
  }),
  run,
});
const anything = defineJob({ name: "anything", input: z.unknown(), run });
const nothing = defineJob({ name: "nothing", run });
const dated = defineJob({ name: "dated", input: z.object({ on: z.date() }), run });

const circle: unknown[] = [];
circle.push(circle);

const valid = { user: { id: "0189f7ea-ae2f-7b5c-8e5a-000000000001" }, lines: [{ count: 1 }] };

const refusal = async (asked: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof InvalidInputError ? error.problems : [`not refused: ${String(error)}`];
};

describe("an input", () => {
  test("is what the schema makes of it on receipt, and as it was on the wire", async () => {
    const sent = { ...valid, note: " hi ", more: true };
    expect(await checkInput(order, sent)).toBe(JSON.stringify(sent));
    expect(await parseInput(order, sent)).toEqual({ ...valid, note: "hi" });
    expect(await parseInput(order, valid)).toEqual({ ...valid, note: "none" });
  });

  test.each<[unknown, readonly string[]]>([
    [undefined, ["input: Invalid input: expected object, received undefined, got nothing"]],
    ["x", ['input: Invalid input: expected object, received string, got "x"']],
    [{ user: 7, lines: [] }, ["user: Invalid input: expected object, received number, got 7"]],
    [
      { user: { id: "7" }, lines: [{ count: 1 }, { count: "2" }] },
      [
        'user.id: Invalid UUID, got "7"',
        'lines.1.count: Invalid input: expected number, received string, got "2"',
      ],
    ],
    [
      { user: valid.user, lines: "x".repeat(1_000) },
      [`lines: Invalid input: expected array, received string, got "${"x".repeat(78)}…`],
    ],
    [{ user: valid.user }, ["lines: Invalid input: expected array, received undefined, got nothing"]],
  ])("is refused with the field, what was expected and what came (%#)", async (input, problems) => {
    expect(await refusal(parseInput(order, input))).toEqual(problems);
    expect(await refusal(checkInput(order, input))).toEqual(problems);
  });

  test("is refused without the values of fields whose names say that they are secret", async () => {
    const account = defineJob({
      name: "account",
      input: z.object({
        login: z.object({ password: z.string().min(9), pin: z.string() }),
        note: z.string(),
      }),
      run,
    });
    expect(
      await refusal(parseInput(account, { login: { password: "hunter2" }, note: { apiKey: "k3y", n: 1 } })),
    ).toEqual([
      "login.password: Too small: expected string to have >=9 characters, got [redacted]",
      "login.pin: Invalid input: expected string, received undefined, got nothing",
      'note: Invalid input: expected string, received object, got {"apiKey":"[redacted]","n":1}',
    ]);
    expect(await refusal(parseInput(account, { login: ["Bearer a1b2c3d4e5"], note: "" }))).toEqual([
      expect.stringContaining('got ["Bearer [redacted]"]'),
    ]);
    expect(await refusal(parseInput(account, "postgres://app:hunter2@db/x"))).toEqual([
      expect.stringContaining('got "postgres://app:[redacted]@db/x"'),
    ]);
  });

  test("is refused in a sentence when a path or a value cannot be printed", async () => {
    const key = Symbol("odd");
    const issues = [
      { message: "expected more", path: [{ key: "a" }, { key }] },
      { message: "expected less", path: ["big"] },
      { message: "expected it", path: ["none", "deeper"] },
      { message: "expected it", path: ["big", "deeper"] },
      { message: "expected nothing" },
    ];
    const odd = defineJob({
      name: "odd",
      input: { "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) } },
      run,
    });
    expect(await refusal(parseInput(odd, { a: { [key]: 1 }, big: 10n, none: null }))).toEqual([
      "a.Symbol(odd): expected more, got 1",
      "big: expected less, got bigint",
      "none.deeper: expected it, got nothing",
      "big.deeper: expected it, got nothing",
      "input: expected nothing, got object",
    ]);
  });

  test("names no path of a root issue whose path is a subclass of Array, as ArkType's", async () => {
    class Path extends Array<PropertyKey> {
      constructor(...keys: PropertyKey[]) {
        super();
        this.push(...keys);
      }
    }
    const issues = [
      { message: "must be a string", path: new Path() },
      { message: "must be a number", path: new Path("b", "c") },
    ];
    const ark = defineJob({
      name: "ark",
      input: { "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) } },
      run,
    });
    expect(await refusal(parseInput(ark, 12))).toEqual([
      "input: must be a string, got 12",
      "b.c: must be a number, got nothing",
    ]);
  });

  class Account {
    readonly #balance = 1;
    read = () => this.#balance;
  }
  class Empty {
    readonly #secret = 1;
    get secret() {
      return this.#secret;
    }
  }
  const sparse: unknown[] = [1];
  sparse.length = 2;

  test.each<[string, unknown, string]>([
    [
      "NaN",
      { amount: Number.NaN },
      "amount: expected a value that JSON can carry, got NaN, which JSON turns into null",
    ],
    [
      "infinity",
      [1, -1 / 0],
      "1: expected a value that JSON can carry, got -Infinity, which JSON turns into null",
    ],
    [
      "an invalid Date",
      { at: { when: new Date("31/12/2026") } },
      "at.when: expected a value that JSON can carry, got an invalid Date, which JSON turns into null",
    ],
    [
      "a Map",
      { m: new Map([[1, 2]]) },
      "m: expected a value that JSON can carry, got an instance of Map, which JSON turns into {}",
    ],
    [
      "a Set",
      new Set([1]),
      "input: expected a value that JSON can carry, got an instance of Set, which JSON turns into {}",
    ],
    [
      "an Error",
      { e: new TypeError("why") },
      "e: expected a value that JSON can carry, got an instance of TypeError, which JSON turns into an object without its message",
    ],
    [
      "bytes",
      { b: new Uint8Array(2) },
      "b: expected a value that JSON can carry, got an instance of Uint8Array, which JSON turns into an object of numbers",
    ],
    [
      "an instance without members",
      { x: new Empty() },
      "x: expected a value that JSON can carry, got an instance of Empty, which JSON turns into {}",
    ],
    [
      "a function in a list",
      [() => 1],
      "0: expected a value that JSON can carry, got a function, which JSON turns into null",
    ],
    [
      "a function as a member",
      new Account(),
      "read: expected a value that JSON can carry, got a function, which JSON leaves out",
    ],
    [
      "a function",
      () => 1,
      "input: expected a value that JSON can carry, got a function, which JSON leaves out",
    ],
    [
      "a symbol",
      { s: Symbol("s") },
      "s: expected a value that JSON can carry, got a symbol, which JSON leaves out",
    ],
    [
      "undefined in a list",
      [undefined],
      "0: expected a value that JSON can carry, got undefined, which JSON turns into null in a list",
    ],
    [
      "an empty slot of a list",
      sparse,
      "1: expected a value that JSON can carry, got undefined, which JSON turns into null in a list",
    ],
  ])("is refused when JSON would change it without an error: %s", async (_, input, problem) => {
    expect(await refusal(checkInput(anything, input))).toEqual([problem]);
  });

  test.each<[string, unknown, string]>([
    ["undefined members", { a: 1, b: undefined }, '{"a":1}'],
    ["a valid Date", [new Date(0)], '["1970-01-01T00:00:00.000Z"]'],
    [
      "what has a toJSON",
      { url: new URL("https://example.com/a"), bytes: Buffer.from("a") },
      '{"url":"https://example.com/a","bytes":{"type":"Buffer","data":[97]}}',
    ],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ["an instance with members", Object.assign(new (class Order {})(), { id: 1 }), '{"id":1}'],
    ["an empty object of another realm", vm.runInNewContext("({})"), "{}"],
    ["boxes", [Object(1), Object("a")], '[1,"a"]'],
  ])("is taken with %s", async (_, input, text) => {
    expect(await checkInput(anything, input)).toBe(text);
  });

  test("is none for a job that declares none", async () => {
    expect(await checkInput(nothing, undefined)).toBeUndefined();
    expect(await checkInput(nothing, null)).toBeUndefined();
    expect(await parseInput(nothing, null)).toBeUndefined();
    expect(await refusal(checkInput(nothing, {}))).toEqual([
      "input: expected no input: the job declares none, got {}",
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ["a bigint", { a: 10n }, /^expected a value that JSON can carry: .*BigInt/],
    ["a circle", circle, /^expected a value that JSON can carry: Converting circular structure/],
  ])("is refused when JSON cannot say it: %s", async (_, input, problem) => {
    expect(await refusal(checkInput(anything, input))).toEqual([expect.stringMatching(problem)]);
  });

  test("is refused by its sender when the schema would refuse what the wire makes of it", async () => {
    expect(await refusal(checkInput(dated, { on: new Date(0) }))).toEqual([
      'on: Invalid input: expected date, received string, got "1970-01-01T00:00:00.000Z"',
    ]);
  });

  test("is refused when it is larger than an item of the store may be", async () => {
    const largest = "x".repeat(maxPayloadBytes - 2);
    expect(await checkInput(anything, largest)).toHaveLength(maxPayloadBytes);
    expect(await refusal(checkInput(anything, `${largest}x`))).toEqual([
      "expected at most 350000 bytes of JSON, got 350001; store the data elsewhere and send where it is",
    ]);
    expect(await refusal(checkInput(anything, "ü".repeat(175_000)))).toEqual([
      "expected at most 350000 bytes of JSON, got 350002; store the data elsewhere and send where it is",
    ]);
  });

  test("is refused when it is nested more deeply than its message may be", async () => {
    const nested = (levels: number): unknown => (levels === 0 ? [] : [nested(levels - 1)]);
    expect(await checkInput(anything, nested(maxDepth - 2))).toHaveLength(2 * (maxDepth - 1));
    expect(await refusal(checkInput(anything, nested(maxDepth - 1)))).toEqual([
      "expected at most 63 levels, got more",
    ]);
  });

  test("that passes the sender's check also passes the receiver's", async () => {
    await fc.assert(
      fc.asyncProperty(anyJson(), async (input) => {
        const text = await checkInput(anything, input);
        expect(text).toBe(JSON.stringify(input));
        expect(await parseInput(anything, JSON.parse(text ?? ""))).toEqual(JSON.parse(JSON.stringify(input)));
      }),
    );
  });
});
