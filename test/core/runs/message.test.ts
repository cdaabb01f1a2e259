import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Message, messageFor, parseMessage, readMessage } from "../../../shared/core/runs/message.ts";
import { hasEnded } from "../../../shared/core/runs/run.ts";
import { anyJson, anyRun, anyUnit, anyWord, now, runIn } from "./any-run.ts";

const body = (more: object = {}) => JSON.stringify({ v: 1, job: "greet", ...more });
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

const problemOf = (text: string): string => {
  const parsed = parseMessage(text);
  return "problem" in parsed ? parsed.problem : "";
};

describe("a body that anybody may send", () => {
  test.each<[object]>([
    [{}],
    [{ input: null }],
    [{ input: { a: [1, "😀"] } }],
    [{ key: "order-17", tenant: "acme" }],
    [
      {
        id: "greet:k",
        gen: 2,
        due: 0,
        sentAt: now,
        schedule: "daily",
        hops: 3,
        trace: "00-ab-cd-01",
        stored: true,
      },
    ],
    [{ death: { reason: "boom", at: now, attempt: 3 } }],
  ])("is a message with %j", (more) => {
    expect(parseMessage(body(more))).toEqual({ message: { v: 1, job: "greet", ...more } });
  });

  test.each(["id", "key", "gen", "stored", "due", "sentAt", "tenant", "schedule", "hops", "trace", "death"])(
    "may have null for an absent %s, as many serializers write it",
    (name) => {
      expect(parseMessage(body({ [name]: null }))).toEqual({ message: { v: 1, job: "greet" } });
    },
  );

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
    ["a generation before the first", body({ gen: 0 }), "gen: Too small: expected number to be >0"],
    [
      "a generation that cannot be counted on",
      body({ gen: 2 ** 53 - 1 }),
      "gen: Too big: expected number to be <=1000000",
    ],
    ["part of a millisecond", body({ due: 1.5 }), "due: Invalid input: expected int, received number"],
    [
      "an instant that no Date can hold",
      body({ due: 9e15 }),
      "due: Too big: expected number to be <=8640000000000000",
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

  test("has no power over prototypes", () => {
    const input = '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}';
    const parsed = parseMessage(`{"v":1,"job":"greet","input":${input}}`);
    expect(JSON.stringify(parsed)).toBe(`{"message":{"v":1,"job":"greet","input":${input}}}`);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    const outer = parseMessage('{"v":1,"job":"greet","__proto__":{"id":"greet:stolen","gen":7}}');
    expect("message" in outer ? outer.message.id : undefined).toBeUndefined();
    expect("message" in outer ? outer.message.gen : undefined).toBeUndefined();
  });

  test("is a message or a sentence, whatever it is", () => {
    const anyField = fc.constantFrom(
      "v",
      "job",
      "input",
      "key",
      "id",
      "gen",
      "stored",
      "due",
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

describe("the message for a run", () => {
  test("is small, and says which run, which generation, when", () => {
    expect(messageFor(runIn("queued", { input: '{"a":1}' }), now + 7)).toBe(
      `{"v":1,"job":"greet","id":"greet:k","gen":1,"due":${now},"sentAt":${now + 7},"input":{"a":1}}`,
    );
  });

  test.each([
    ["in the row", { input: "7" }, undefined, { input: 7 }],
    ["at hand though stored", { inputStored: true }, "8", { input: 8 }],
    ["stored", { inputStored: true }, undefined, { stored: true }],
    ["none", {}, undefined, {}],
  ] as const)("carries the input, or says that it is stored: %s", (_, more, input, expected) => {
    const parsed = parseMessage(messageFor(runIn("queued", more), now, input));
    const head = { v: 1, job: "greet", id: "greet:k", gen: 1, due: now, sentAt: now };
    expect(parsed).toEqual({ message: { ...head, ...expected } });
  });

  test("carries on a dead letter the reason, and the generation that a redrive will ask for", () => {
    const death = { reason: 'said "no"', at: now, attempt: 3 };
    expect(parseMessage(messageFor(runIn("dead"), now, undefined, death))).toMatchObject({
      message: { gen: 2, death },
    });
  });

  test("reads back as the run it was made for", () => {
    const anyDeath = fc.record({ reason: fc.string(), at: fc.nat(), attempt: fc.nat() });
    fc.assert(
      fc.property(anyRun, fc.nat(2 * now), fc.option(anyDeath, { nil: undefined }), (run, sentAt, death) => {
        const { id, job, gen, tenant, schedule, hops, trace, input } = run;
        const due = run.state === "running" || hasEnded(run.state) ? run.due : run.free;
        const expected: Message = { v: 1, job, id, gen, due, sentAt, tenant, schedule, hops, trace, death };
        const parsed = parseMessage(messageFor(run, sentAt, input, death));
        expect(parsed).toEqual({
          message: { ...expected, ...(input !== undefined && { input: JSON.parse(input) }) },
        });
      }),
    );
  });

  test("with the longest names there may be is one that its receiver takes", () => {
    const longest = fc.record({
      job: anyWord(64),
      tenant: anyWord(128),
      schedule: anyWord(64),
      trace: anyWord(256),
    });
    fc.assert(
      fc.property(longest, (names) => {
        const run = { ...runIn("queued"), ...names, id: `${"j".repeat(64)}:${"k".repeat(128)}` };
        expect(parseMessage(messageFor(run, now))).toMatchObject({ message: { ...names, id: run.id } });
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
