import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { z } from "zod";
import { InvalidInputError } from "../../shared/core/errors.ts";
import { checkInput, mostPayloadBytes, parseInput } from "../../shared/core/input.ts";
import { defineJob } from "../../shared/core/job.ts";
import { mostDepth } from "../../shared/core/json.ts";
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

  test("is refused in words also where a path or a value has none", async () => {
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

  test("is none for a job that declares none", async () => {
    expect(await checkInput(nothing, undefined)).toBeUndefined();
    expect(await refusal(checkInput(nothing, {}))).toEqual([
      "input: expected no input: the job declares none, got {}",
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ["a bigint", { a: 10n }, /^expected a value that JSON can say: .*BigInt/],
    ["a circle", circle, /^expected a value that JSON can say: Converting circular structure/],
  ])("is refused when JSON cannot say it: %s", async (_, input, problem) => {
    expect(await refusal(checkInput(anything, input))).toEqual([expect.stringMatching(problem)]);
  });

  test("is refused by its sender when the schema would refuse what the wire makes of it", async () => {
    expect(await refusal(checkInput(dated, { on: new Date(0) }))).toEqual([
      'on: Invalid input: expected date, received string, got "1970-01-01T00:00:00.000Z"',
    ]);
  });

  test("is refused when it is larger than an item of the store may be", async () => {
    const largest = "x".repeat(mostPayloadBytes - 2);
    expect(await checkInput(anything, largest)).toHaveLength(mostPayloadBytes);
    expect(await refusal(checkInput(anything, `${largest}x`))).toEqual([
      "expected at most 350000 bytes of JSON, got 350001; store the data elsewhere and send where it is",
    ]);
    expect(await refusal(checkInput(anything, "ü".repeat(175_000)))).toEqual([
      "expected at most 350000 bytes of JSON, got 350002; store the data elsewhere and send where it is",
    ]);
  });

  test("is refused when it is nested more deeply than its message may be", async () => {
    const nested = (levels: number): unknown => (levels === 0 ? [] : [nested(levels - 1)]);
    expect(await checkInput(anything, nested(mostDepth - 2))).toHaveLength(2 * (mostDepth - 1));
    expect(await refusal(checkInput(anything, nested(mostDepth - 1)))).toEqual([
      "expected at most 63 levels, got more",
    ]);
  });

  test("that its sender may send is one that its receiver takes", async () => {
    await fc.assert(
      fc.asyncProperty(anyJson(), async (input) => {
        const text = await checkInput(anything, input);
        expect(text).toBe(JSON.stringify(input));
        expect(await parseInput(anything, JSON.parse(text ?? ""))).toEqual(JSON.parse(JSON.stringify(input)));
      }),
    );
  });
});
