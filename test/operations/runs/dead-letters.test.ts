import { describe, expect, test } from "@jest/globals";
import { DefinitionError, NotFoundError } from "../../../shared/core/errors.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createOperatedPipeline } from "../../pipeline/support/operations-harness.ts";
import { minute, second } from "../../pipeline/support/pipeline-harness.ts";

const garbage = `not JSON ${"x".repeat(300)}`;

/** A dead run, a dead run that was retried, and a message that was refused. */
const createDeadLetters = async () => {
  const operated = createOperatedPipeline();
  const { pipeline, scripted, ask } = operated;
  await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "dead" });
  await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "retried", priority: "high" });
  await pipeline.send("low", garbage);
  await pipeline.drain();
  const row = pipeline.run("scripted:retried");
  if (row?.state !== "dead") throw new Error("expected a dead run");
  // As a retry that was killed before it deleted the dead letter.
  await pipeline.ports.runs.claim([
    {
      id: row.id,
      generation: row.generation,
      token: "t",
      now: pipeline.clock.now(),
      leaseUntil: pipeline.clock.now() + minute,
    },
  ]);
  await pipeline.clock.advance(5 * second);
  /** By then, what was read before is visible again. */
  const askLater = async (name: string, input: object = {}) => {
    await pipeline.clock.advance(20 * second);
    return await ask(name, input);
  };
  const list = (input: object = {}) => askLater("dead-letters.list", input);
  const idOf = async (kind: string): Promise<string> => (await list({ kind })).deadLetters[0].messageId;
  return { ...operated, ask: askLater, list, idOf };
};

describe("a refused message", () => {
  test("is logged with its lane, reason, id and first 200 characters", async () => {
    const { pipeline } = await createDeadLetters();
    const { facts } = pipeline.lines.find(({ message }) => message === "message refused") ?? {};
    expect(facts).toMatchObject({
      lane: "low",
      reason: expect.stringMatching(/^expected JSON/),
      messageId: "m3",
    });
    expect(facts).toHaveProperty("body", expect.stringMatching(/^not JSON x{190}…$/));
  });
});

describe("dead-letters.list", () => {
  test("shows dead runs and refused messages, each with its lane, reason, id, age and body", async () => {
    const { list } = await createDeadLetters();
    const { deadLetters, total } = await list();
    expect(total).toBe(3);
    expect(deadLetters).toMatchObject([
      { lane: "high", kind: "stale", run: "scripted:retried", runState: "running", reason: "asked to die" },
      { lane: "normal", kind: "dead", run: "scripted:dead", runState: "dead", reason: "asked to die" },
      { lane: "low", kind: "refused", sentAt: "2026-01-01T00:00:00.200Z" },
    ]);
    expect(deadLetters[2].reason).toMatch(/^expected JSON/);
    expect(deadLetters[2].body).toHaveLength(200);
    expect(deadLetters[2]).not.toHaveProperty("run");
  });

  test("shows those of a lane, of a kind, and no more than asked for", async () => {
    const { list } = await createDeadLetters();
    expect((await list({ lane: "low" })).deadLetters).toMatchObject([{ lane: "low" }]);
    expect((await list({ kind: "dead" })).deadLetters).toMatchObject([{ run: "scripted:dead" }]);
    expect((await list({ limit: 2 })).deadLetters).toHaveLength(2);
  });

  test("takes nothing away, and leaves what SQS put there to the sweeper", async () => {
    const { pipeline, list } = await createDeadLetters();
    await pipeline.ports.queue.sendDeadLetters([
      { lane: "normal", body: '{"v":1,"job":"scripted"}', delaySeconds: 0 },
    ]);
    expect((await list({ kind: "unread" })).deadLetters).toMatchObject([{ lane: "normal" }]);
    expect((await list()).deadLetters).toHaveLength(4);
  });
});

describe("dead-letters.show", () => {
  test("shows the whole body, and the run as it is now", async () => {
    const { ask, idOf } = await createDeadLetters();
    const [refused, dead] = [await idOf("refused"), await idOf("dead")];
    expect(await ask("dead-letters.show", { messageId: refused })).toMatchObject({ body: garbage });
    expect(await ask("dead-letters.show", { messageId: dead })).toMatchObject({
      runId: "scripted:dead",
      run: { id: "scripted:dead", state: "dead", reason: "asked to die" },
    });
    await expect(ask("dead-letters.show", { messageId: "m99" })).rejects.toThrow(NotFoundError);
  });
});

describe("dead-letters.discard", () => {
  test("counts in a dry run, which is the default, and deletes otherwise", async () => {
    const { pipeline, ask, list } = await createDeadLetters();
    const dry = await ask("dead-letters.discard", { kind: "all" });
    expect(dry).toEqual({ found: 3, isDryRun: true, byKind: { dead: 1, stale: 1, refused: 1 }, left: 3 });
    const real = await ask("dead-letters.discard", { kind: "all", isDryRun: false });
    expect(real).toMatchObject({ found: 3, isDryRun: false, left: 0 });
    expect((await list()).deadLetters).toEqual([]);
    expect(pipeline.run("scripted:dead")?.state).toBe("dead");
  });

  test("deletes those of one kind, of one lane, or by their ids", async () => {
    const { ask, idOf } = await createDeadLetters();
    const isDryRun = false;
    expect(await ask("dead-letters.discard", { kind: "stale", lane: "low", isDryRun })).toMatchObject({
      found: 0,
    });
    const messageIds = [await idOf("refused")];
    expect(await ask("dead-letters.discard", { messageIds, isDryRun })).toMatchObject({ found: 1, left: 2 });
    expect(await ask("dead-letters.discard", { kind: "stale", isDryRun })).toMatchObject({
      found: 1,
      left: 1,
    });
  });

  test("never deletes what SQS put there, which may be all that there is of a run", async () => {
    const { pipeline, ask, list } = await createDeadLetters();
    await pipeline.ports.queue.sendDeadLetters([
      { lane: "normal", body: '{"v":1,"job":"scripted"}', delaySeconds: 0 },
    ]);
    await ask("dead-letters.discard", { kind: "all", isDryRun: false });
    expect((await list()).deadLetters).toMatchObject([{ kind: "unread" }]);
  });

  test.each([[{}], [{ kind: "all", messageIds: ["m1"] }]])("refuses %j", async (input) => {
    const { ask } = await createDeadLetters();
    await expect(ask("dead-letters.discard", input)).rejects.toThrow(DefinitionError);
  });
});
