import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { ConflictError, DefinitionError, InvalidInputError } from "../../../shared/core/errors.ts";
import { defineJob } from "../../../shared/index.ts";
import { enqueue, enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, scriptedJob } from "../support/pipeline-harness.ts";

const mail = defineJob({
  name: "mail",
  input: z.object({ to: z.email(), copies: z.int().max(3).default(1) }),
  run: ({ input }) => input.copies,
});

describe("a message that cannot be processed", () => {
  test("keeps its sender's attributes as a dead letter, beside the reason", async () => {
    const pipeline = createPipeline([mail]);
    const attributes = { traceparent: "00-4bf9-00f0-01", reason: "the sender's" };
    await pipeline.send("normal", "{oops", { attributes });
    await pipeline.drain();
    const [deadLetter] = pipeline.ports.queue.dead("normal");
    expect(deadLetter?.reason).toMatch(/^expected JSON/);
    expect(deadLetter?.attributes).toEqual({ traceparent: "00-4bf9-00f0-01" });
  });

  test("leaves out attributes that do not fit beside a short reason", async () => {
    const pipeline = createPipeline([mail]);
    const attributes = { a: "x".repeat(40), b: "y".repeat(40) };
    const body = "{".repeat(1_048_576 - 130);
    await pipeline.send("normal", body, { attributes });
    await pipeline.drain();
    const [deadLetter] = pipeline.ports.queue.dead("normal");
    expect(deadLetter).toMatchObject({ body, attributes: { a: attributes.a } });
    expect(deadLetter?.reason).toMatch(/^expected JSON at mos/);
    expect(deadLetter?.attributes).not.toHaveProperty("b");
  });

  test.each([
    ["is not JSON", "{oops", /^expected JSON: /],
    ["is not our envelope", '{"hello":"world"}', /^v: .*; job: /],
    ["has an unknown field", '{"v":1,"job":"mail","colour":"red"}', /colour/],
    ["is of an unknown version", '{"v":7,"job":"mail"}', /^expected message version 1, got 7$/],
    [
      "names an unknown job",
      '{"v":1,"job":"fax"}',
      /^expected the name of a job \(mail, scripted\), got "fax"$/,
    ],
    ["carries another job's id", '{"v":1,"job":"mail","id":"fax:1"}', /^id: expected "mail:…", got "fax:1"$/],
    [
      "has an input its schema refuses",
      '{"v":1,"job":"mail","input":{"to":"no-address"}}',
      /to: .*, got "no-address"/,
    ],
    [
      "is nested too deeply",
      `{"v":1,"job":"mail","input":${"[".repeat(1e6)}`,
      /^expected JSON at most 64 levels deep$/,
    ],
  ])(
    "that %s goes to the dead-letter queue at once, and its batch-mates succeed",
    async (_, body, reason) => {
      const { scripted } = scriptedJob();
      const pipeline = createPipeline([mail, scripted]);
      const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "mate" });
      await pipeline.send("normal", body);
      await pipeline.deliver("normal");
      expect(pipeline.run(id)?.state).toBe("succeeded");
      expect(pipeline.ports.queue.waiting("normal")).toEqual([]);
      expect(pipeline.ports.queue.dead("normal").map((deadLetter) => deadLetter.reason)).toEqual([
        expect.stringMatching(reason),
      ]);
    },
  );

  test("keeps its body unchanged on the dead-letter queue", async () => {
    const pipeline = createPipeline([mail]);
    await pipeline.send("low", "\u0000 not json");
    await pipeline.deliver("low");
    expect(pipeline.ports.queue.dead("low")).toMatchObject([{ body: "\u0000 not json" }]);
  });
});

describe("enqueue", () => {
  test("refuses a bad input before anything is written, with the field, what was expected and what came", async () => {
    const pipeline = createPipeline([mail]);
    const bad = enqueue(pipeline.ports, mail, { to: "ann@example.com", copies: 9 });
    await expect(bad).rejects.toThrow(InvalidInputError);
    await expect(bad).rejects.toThrow(/^input of job "mail" is not valid: copies: .*<=3, got 9$/);
    expect(pipeline.runs()).toEqual([]);
    expect(pipeline.ports.queue.waiting("normal")).toEqual([]);
  });

  test("refuses many requests with one bad one before anything is written", async () => {
    const pipeline = createPipeline([mail]);
    const requests = [
      { job: mail, input: { to: "ann@example.com" } },
      { job: mail, input: {} },
    ];
    await expect(enqueueMany(pipeline.ports, requests)).rejects.toThrow(InvalidInputError);
    expect(pipeline.runs()).toEqual([]);
  });

  test.each([
    ["key", { key: "two words" }],
    ["tenant", { tenant: "two words" }],
    ["tags", { tags: ["fine", "half a \ud83d"] }],
    ["priority", { priority: "urgent" as "high" }],
    ["delay", { delay: "10 minutes" as const, at: new Date(0) }],
    ["delay", { delay: "soon" as "1 second" }],
    ["at", { at: new Date("nonsense") }],
  ])("refuses a bad %s and names it", async (field, options) => {
    const pipeline = createPipeline([mail]);
    const bad = enqueue(pipeline.ports, mail, { to: "ann@example.com" }, options);
    await expect(bad).rejects.toThrow(DefinitionError);
    await expect(bad).rejects.toMatchObject({ field });
    expect(pipeline.runs()).toEqual([]);
  });

  test("refuses a lane whose timeout is shorter than the job's", async () => {
    const slow = defineJob({ name: "slow", priority: "low", timeout: "10 minutes", run: () => undefined });
    const pipeline = createPipeline([slow]);
    await expect(enqueue(pipeline.ports, slow, undefined, { priority: "critical" })).rejects.toThrow(
      /allows 55 seconds/,
    );
  });

  test("answers the first run for a repeated key with the same input, and sends its message again", async () => {
    const pipeline = createPipeline([mail]);
    const input = { to: "ann@example.com" };
    expect(await enqueue(pipeline.ports, mail, input, { key: "k" })).toEqual({
      id: "mail:k",
      isNew: true,
      state: "queued",
    });
    expect(await enqueue(pipeline.ports, mail, input, { key: "k" })).toEqual({
      id: "mail:k",
      isNew: false,
      state: "queued",
    });
    expect(pipeline.ports.queue.waiting("normal")).toHaveLength(2);
    await pipeline.drain();
    expect(pipeline.run("mail:k")).toMatchObject({ state: "succeeded", claimCount: 1 });
  });

  test("sends nothing for a key whose run has ended", async () => {
    const pipeline = createPipeline([mail]);
    await enqueue(pipeline.ports, mail, { to: "ann@example.com" }, { key: "k" });
    await pipeline.drain();
    await enqueue(pipeline.ports, mail, { to: "ann@example.com" }, { key: "k" });
    expect(pipeline.ports.queue.waiting("normal")).toEqual([]);
  });

  test("answers a conflict for a repeated key with another input", async () => {
    const pipeline = createPipeline([mail]);
    await enqueue(pipeline.ports, mail, { to: "ann@example.com" }, { key: "k" });
    await expect(enqueue(pipeline.ports, mail, { to: "bob@example.com" }, { key: "k" })).rejects.toThrow(
      ConflictError,
    );
  });

  test("returns once the row exists, although the queue refuses the message, which the sweeper sends", async () => {
    const pipeline = createPipeline([mail]);
    const down = { ...pipeline.ports.queue, send: async () => Promise.reject(new Error("queue is down")) };
    const { id } = await enqueue({ ...pipeline.ports, queue: down }, mail, { to: "ann@example.com" });
    await pipeline.live(4 * 60_000);
    expect(pipeline.run(id)?.state).toBe("succeeded");
  });

  test("stores a large input beside the row and loads it unchanged", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const value = "x".repeat(100_000);
    const { id } = await enqueue(pipeline.ports, scripted, { value });
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", inputStored: true, resultStored: true });
    expect(await pipeline.ports.payloads.load(id, `result#${pipeline.run(id)?.token}`)).toBe(
      JSON.stringify(value),
    );
  });

  test("refuses an input that is too large to store", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await expect(enqueue(pipeline.ports, scripted, { value: "x".repeat(400_000) })).rejects.toThrow(
      /at most 350000 bytes/,
    );
  });
});

describe("a row that cannot be written", () => {
  test("fails only its own request", async () => {
    const pipeline = createPipeline([mail]);
    const runs = { ...pipeline.ports.runs };
    const refused = "mail:broken";
    const create: typeof runs.create = async (rows) => {
      const answers = await pipeline.ports.runs.create(rows.filter(({ id }) => id !== refused));
      const rest = [...answers];
      return rows.map(({ id }) =>
        id === refused ? { created: false, failed: "no" } : (rest.shift() ?? { created: true }),
      );
    };
    const to = "ann@example.com";
    const requests = ["broken", "fine"].map((key) => ({ job: mail, input: { to }, options: { key } }));
    const [broken, fine] = await enqueueMany({ ...pipeline.ports, runs: { ...runs, create } }, requests);
    expect(broken).toEqual(new Error("no"));
    expect(fine).toEqual({ id: "mail:fine", isNew: true, state: "queued" });
    await pipeline.drain();
    expect(pipeline.run("mail:fine")?.state).toBe("succeeded");
  });
});

describe("a bare message", () => {
  test("that is due in 20 hours is hidden for no longer than SQS allows, counted from its receive", async () => {
    const pipeline = createPipeline([mail]);
    const hidden: number[] = [];
    const { hide } = pipeline.ports.queue;
    pipeline.ports.queue.hide = async (lane, receipt, seconds) => {
      hidden.push(seconds);
      await hide(lane, receipt, seconds);
    };
    const dueAt = pipeline.clock.now() + 20 * 3_600_000;
    await pipeline.send("normal", JSON.stringify({ v: 1, job: "mail", input: { to: "a@b.co" }, dueAt }));
    await pipeline.drain();
    expect(hidden).toEqual([11 * 3_600]);
  });

  test("with null for absent members is processed", async () => {
    const rest = defineJob({ name: "rest", run: ({ input }) => input ?? "nothing" });
    const pipeline = createPipeline([rest]);
    const body = { v: 1, job: "rest", input: null, key: null, tenant: null, trace: null };
    await pipeline.send("normal", JSON.stringify(body));
    await pipeline.drain();
    expect(pipeline.runs()).toMatchObject([{ state: "succeeded", result: '"nothing"' }]);
    expect(pipeline.runs()[0]).not.toHaveProperty("tenant");
  });

  test("with a number that JavaScript would round becomes a dead letter that keeps its digits", async () => {
    const pipeline = createPipeline([mail]);
    const body = '{"v":1,"job":"mail","key":"k","input":{"id":9007199254740993}}';
    await pipeline.send("normal", body);
    await pipeline.drain();
    expect(pipeline.ports.queue.dead("normal")).toMatchObject([
      { body, reason: expect.stringMatching(/^id: the number 9007199254740993 .* send it as a string$/) },
    ]);
    expect(pipeline.runs()).toEqual([]);
  });
});
