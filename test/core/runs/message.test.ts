import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseMessage, readMessage } from "../../../shared/core/runs/message.ts";
import { anyJson, anyUnit, now } from "./any-run.ts";

const body = (more: object = {}) => JSON.stringify({ v: 1, job: "greet", ...more });
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

const problemOf = (text: string): string => {
  const parsed = parseMessage(text);
  return "problem" in parsed ? parsed.problem : "";
};

describe("a body that any sender may send", () => {
  test.each<[object]>([
    [{}],
    [{ input: null }],
    [{ input: { a: [1, "😀"] } }],
    [{ key: "order-17", tenant: "acme" }],
    [
      {
        id: "greet:k",
        generation: 2,
        dueAt: 0,
        sentAt: now,
        schedule: "daily",
        chainDepth: 3,
        trace: "00-ab-cd-01",
        stored: true,
      },
    ],
    [{ death: { reason: "boom", at: now, attempt: 3 } }],
  ])("is a message with %j", (more) => {
    expect(parseMessage(body(more))).toEqual({ message: { v: 1, job: "greet", ...more } });
  });

  test.each([
    "id",
    "key",
    "generation",
    "stored",
    "dueAt",
    "sentAt",
    "tenant",
    "schedule",
    "chainDepth",
    "trace",
    "death",
  ])("may have null for an absent %s, as many serializers write it", (name) => {
    expect(parseMessage(body({ [name]: null }))).toEqual({ message: { v: 1, job: "greet" } });
  });

  test.each(["v", "job"])("is refused with null for %s", (name) => {
    expect(problemOf(body({ [name]: null }))).not.toBe("");
  });

  test.each<[string, string]>([
    [
      "9007199254740993",
      "id: the number 9007199254740993 has more digits than JavaScript keeps; send it as a string",
    ],
    [
      "-9007199254740993",
      "id: the number -9007199254740993 has more digits than JavaScript keeps; send it as a string",
    ],
    ["1e400", "id: the number 1e400 has more digits than JavaScript keeps; send it as a string"],
    ["1e-400", "id: the number 1e-400 has more digits than JavaScript keeps; send it as a string"],
  ])("is refused with a number that would be changed: %s", (number, problem) => {
    expect(problemOf(`{"v":1,"job":"greet","input":{"user":{"id":${number}}}}`)).toBe(problem);
  });

  test.each([
    "9007199254740992",
    "9007199254740991",
    "1e21",
    "0.1",
    "0.10000000000000001",
    "12345678901234567.25",
    "0e5",
    "-0",
    "100000000000000000000",
    "-22738840474369710",
    '"9007199254740993"',
  ])("may have the number %s", (number) => {
    expect(parseMessage(`{"v":1,"job":"greet","input":${number}}`)).toEqual({
      message: { v: 1, job: "greet", input: JSON.parse(number) },
    });
  });

  const words = "expected visible ASCII characters without spaces";

  test.each<[string, string, string]>([
    ["nothing", "", "expected JSON: Unexpected end of JSON input"],
    ["text", "hello", "expected JSON: Unexpected token 'h', \"hello\" is not valid JSON"],
    ["half a message", '{"v":1,"job":', "expected JSON: Unexpected end of JSON input"],
    ["a list", "[]", "message: Invalid input: expected object, received array"],
    ["null", "null", "message: Invalid input: expected object, received null"],
    ["a number", "7", "message: Invalid input: expected object, received number"],
    [
      "an empty object",
      "{}",
      "v: Invalid input: expected 1; job: Invalid input: expected string, received undefined",
    ],
    ["no job", '{"v":1}', "job: Invalid input: expected string, received undefined"],
    ["a newer version", '{"v":2,"job":"greet","new":1}', "expected message version 1, got 2"],
    ["a version that is text", '{"v":"1","job":"greet"}', 'expected message version 1, got "1"'],
    ["an unknown field", body({ colour: "red" }), 'message: Unrecognized key: "colour"'],
    [
      "an unknown field of a death",
      body({ death: { reason: "x", at: 1, attempt: 1, by: 1 } }),
      'death: Unrecognized key: "by"',
    ],
    ["no name of a job", body({ job: "" }), `job: ${words}`],
    [
      "a long name of a job",
      body({ job: "x".repeat(65) }),
      "job: Too big: expected string to have <=64 characters",
    ],
    ["a key with a space", body({ key: "a b" }), `key: ${words}`],
    ["an empty key", body({ key: "" }), `key: ${words}`],
    ["a long key", body({ key: "x".repeat(129) }), "key: Too big: expected string to have <=128 characters"],
    ["half a character", body({ id: "greet:\ud800" }), `id: ${words}`],
    ["a tenant that SQS refuses", body({ tenant: "Zürich" }), `tenant: ${words}`],
    ["a schedule with a line break", body({ schedule: "a\n" }), `schedule: ${words}`],
    [
      "a generation before the first",
      body({ generation: 0 }),
      "generation: Too small: expected number to be >0",
    ],
    [
      "a generation that cannot be counted on",
      body({ generation: 2 ** 53 - 1 }),
      "generation: Too big: expected number to be <=1000000",
    ],
    ["part of a millisecond", body({ dueAt: 1.5 }), "dueAt: Invalid input: expected int, received number"],
    [
      "an instant that no Date can hold",
      body({ dueAt: 9e15 }),
      "dueAt: Too big: expected number to be <=8640000000000000",
    ],
    ["an instant before 1970", body({ sentAt: -1 }), "sentAt: Too small: expected number to be >=0"],
    [
      "an input both here and elsewhere denied",
      body({ stored: false }),
      "stored: Invalid input: expected true",
    ],
  ])("is refused in a sentence when it is or has %s", (_, text, problem) => {
    expect(parseMessage(text)).toEqual({ problem });
  });

  test.each<[string, string]>([
    ["65 levels deep", `{"v":1,"job":"greet","input":${nested(64)}}`],
    ["a million levels deep", `{"v":1,"job":"greet","input":${nested(1_000_000)}}`],
    ["a million objects deep", '{"a":'.repeat(1_000_000)],
  ])("is refused without a deep stack when it is %s", (_, text) => {
    expect(parseMessage(text)).toEqual({ problem: "expected JSON at most 64 levels deep" });
  });

  test("may be 64 levels deep", () => {
    const text = `{"v":1,"job":"greet","input":${nested(63)}}`;
    expect(parseMessage(text)).toEqual({ message: JSON.parse(text) });
  });

  test("of a megabyte is read or refused quickly, in a short sentence", () => {
    const million = "x".repeat(1_000_000);
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`unknown-${i}`, 1]));
    const startedAt = performance.now();
    expect(parseMessage(body({ input: million }))).toEqual({
      message: { v: 1, job: "greet", input: million },
    });
    const refused = [
      million,
      `"${million}"`,
      body({ v: million }),
      body({ job: million }),
      body({ [million]: 1 }),
      body(many),
    ];
    for (const problem of refused.map(problemOf)) {
      expect(problem.length).toBeGreaterThan(10);
      expect(problem.length).toBeLessThanOrEqual(400);
      expect(problem.isWellFormed()).toBe(true);
    }
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test("cannot change prototypes", () => {
    const input = '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}';
    const parsed = parseMessage(`{"v":1,"job":"greet","input":${input}}`);
    expect(JSON.stringify(parsed)).toBe(`{"message":{"v":1,"job":"greet","input":${input}}}`);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    const outer = parseMessage('{"v":1,"job":"greet","__proto__":{"id":"greet:stolen","generation":7}}');
    expect("message" in outer ? outer.message.id : undefined).toBeUndefined();
    expect("message" in outer ? outer.message.generation : undefined).toBeUndefined();
  });

  test("is parsed to a message or a problem, for any text", () => {
    const anyField = fc.constantFrom(
      "v",
      "job",
      "input",
      "key",
      "id",
      "generation",
      "stored",
      "dueAt",
      "tenant",
      "death",
      "__proto__",
    );
    const anyBody = fc.oneof(
      fc.string({ unit: anyUnit }),
      anyJson().map((value) => JSON.stringify(value)),
      fc.dictionary(anyField, fc.oneof(anyJson(1), fc.constant(1))).map((fields) => body(fields)),
    );
    fc.assert(
      fc.property(anyBody, (text) => {
        const parsed = parseMessage(text);
        if ("message" in parsed) expect(parsed.message).toMatchObject({ v: 1, job: expect.any(String) });
        else expect(parsed.problem).toMatch(/./);
      }),
    );
  });
});

describe("the run that a message asks for", () => {
  const idIn = (text: string) => {
    const read = readMessage(text, "m-1");
    return "problem" in read ? read.problem : read.id;
  };

  test.each<[string, object, string]>([
    ["is the one it names", { id: "greet:k", key: "other" }, "greet:k"],
    ["is named after the sender's key", { key: "order-17" }, "greet:order-17"],
    ["is named after the queue's own id of the message", {}, "greet:m-1"],
  ])("%s", (_, more, id) => {
    expect(idIn(body(more))).toBe(id);
  });

  test("is refused when it is a run of another job, or no run at all", () => {
    expect(idIn(body({ id: "bill:k" }))).toBe('id: expected "greet:…", got "bill:k"');
    expect(idIn(body({ id: "greet" }))).toBe('id: expected "greet:…", got "greet"');
    expect(idIn("hello")).toMatch(/expected JSON/);
  });
});
