import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { createRuns } from "../../../shared/aws/runs.ts";
import { defineJob } from "../../../shared/index.ts";
import { type Enqueued, enqueue, enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { many } from "../../../shared/testing/contract/rows.ts";
import { createMemory } from "../../../shared/testing/memory.ts";
import { scriptedStore } from "../../aws/scripted.ts";
import { createPipeline, second } from "../support/pipeline-harness.ts";

const mail = defineJob({ name: "mail", run: () => undefined });
const text = defineJob({ name: "text", input: z.string(), run: () => undefined });

const isAnswered = (answer: Enqueued | Error): answer is Enqueued => !(answer instanceof Error);

describe("enqueueMany", () => {
  test("answers each entry on its own, and sends messages for the rows that exist, when one request fails", async () => {
    let requests = 0;
    const { store } = scriptedStore(({ command, input }) => {
      if (command !== "BatchExecuteStatementCommand") return { Responses: {} };
      if (requests++ === 1) return Object.assign(new Error("socket hang up"), { name: "TimeoutError" });
      return { Responses: input.Statements.map(() => ({})) };
    });
    const { ports } = createMemory();
    const asked = many(60, () => ({ job: mail, input: undefined }));
    const answers = await enqueueMany({ ...ports, runs: createRuns(store) }, asked);
    expect(answers.filter(isAnswered)).toHaveLength(35);
    expect(answers[30]).toMatchObject({ message: expect.stringContaining("TimeoutError: socket hang up") });
    expect(ports.queue.waiting("normal")).toHaveLength(35);
  });

  test("fails only the entry whose large input cannot be saved", async () => {
    const { ports, runs } = createMemory();
    const { save } = ports.payloads;
    const payloads: typeof ports.payloads = {
      ...ports.payloads,
      save: async (id, ...rest) => {
        if (id === "text:bad") throw new Error("throttled");
        await save(id, ...rest);
      },
    };
    const answers = await enqueueMany(
      { ...ports, payloads },
      ["good", "bad", "fine"].map((key) => ({ job: text, input: key.repeat(300), options: { key } })),
    );
    expect(answers.map((answer) => (isAnswered(answer) ? answer.id : answer.message))).toEqual([
      "text:good",
      'run "text:bad" was not written: its input could not be saved: Error: throttled',
      "text:fine",
    ]);
    expect(
      runs()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["text:fine", "text:good"]);
  });

  test("leads to one dead letter for each dead run, however often it is repeated", async () => {
    const doomed = defineJob({
      name: "doomed",
      retry: { attempts: 1 },
      run: () => {
        throw new Error("always");
      },
    });
    const pipeline = createPipeline([doomed]);
    const requests = many(12, (i) => ({ job: doomed, input: undefined, options: { key: `k${i}` } }));
    for (let repeat = 0; repeat < 3; repeat++) await enqueueMany(pipeline.ports, requests);
    expect(pipeline.ports.queue.waiting("normal")).toHaveLength(36);
    await pipeline.live(10 * 60 * second);
    await enqueueMany(pipeline.ports, requests);
    await pipeline.live(10 * 60 * second);
    expect(pipeline.ports.queue.dead("normal")).toHaveLength(12);
  });

  test("counts a delay from when the message is sent", async () => {
    const { ports, clock } = createPipeline([mail]);
    const { create } = ports.runs;
    const runs: typeof ports.runs = {
      ...ports.runs,
      create: async (rows) => {
        await clock.sleep(12 * second);
        return await create(rows);
      },
    };
    const begun = clock.now();
    const options = { delay: "30 seconds" } as const;
    const enqueued = enqueueMany({ ...ports, runs }, [{ job: mail, input: undefined, options }]);
    await clock.advance(13 * second);
    await enqueued;
    expect(ports.queue.waiting("normal")).toMatchObject([{ visibleAt: begun + 30 * second }]);
  });

  test("names the invalid entry, and how many others are invalid", async () => {
    const { ports, runs } = createMemory();
    const of = (input: unknown) => ({ job: text, input });
    await expect(enqueueMany(ports, [of("a"), of(1), of("b")])).rejects.toThrow(
      /^requests\[1\]: input of job "text" is not valid: /,
    );
    await expect(enqueueMany(ports, [of("a"), of(1), of(2), of("b"), of(3)])).rejects.toThrow(
      /\(also not valid: requests 2, 4\)$/,
    );
    expect(runs()).toEqual([]);
  });
});

describe("enqueue", () => {
  test("answers that the run of a key is dead, and does not send it again", async () => {
    const doomed = defineJob({
      name: "doomed",
      retry: { attempts: 1 },
      run: () => {
        throw new Error("always");
      },
    });
    const pipeline = createPipeline([doomed]);
    const first = await enqueue(pipeline.ports, doomed, undefined, { key: "k" });
    expect(first).toEqual({ id: "doomed:k", isNew: true, state: "queued" });
    await pipeline.drain();
    const again = await enqueue(pipeline.ports, doomed, undefined, { key: "k" });
    expect(again).toEqual({ id: "doomed:k", isNew: false, state: "dead" });
    expect(pipeline.ports.queue.waiting("normal")).toEqual([]);
  });

  test("treats null as no options, and as no input for a job without input", async () => {
    const pipeline = createPipeline([mail]);
    const asked = [null, undefined].map((input) => ({
      job: mail,
      input,
      options: { key: "k", tenant: null, delay: null } as never,
    }));
    const answers = await enqueueMany(pipeline.ports, asked);
    expect(answers).toMatchObject([{ isNew: true }, { id: "mail:k" }]);
    await pipeline.drain();
    expect(pipeline.run("mail:k")).toMatchObject({ state: "succeeded" });
  });

  test("refuses a job that is passed by its name, and says what to do", async () => {
    const { ports } = createMemory();
    await expect(enqueue(ports, "mail" as never)).rejects.toThrow(/import the job and pass it, not its name/);
  });
});
