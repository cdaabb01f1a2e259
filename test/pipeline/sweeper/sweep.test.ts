import { describe, expect, test } from "@jest/globals";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute, scriptedJob, second } from "../support/pipeline-harness.ts";

describe("sweep", () => {
  test("rescues a redriven run whose worker was killed", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, { fatal: true });
    await pipeline.live(60 * minute);
    const deadLetter = pipeline.ports.queue.dead("normal")[0];
    await pipeline.send("normal", deadLetter?.body ?? "");
    pipeline.receive("normal"); // The worker claims and is killed. The message stays hidden for 30 minutes.
    await pipeline.ports.runs.claim([
      {
        id,
        generation: 2,
        token: "t",
        now: pipeline.clock.now(),
        leaseUntil: pipeline.clock.now() + 35 * second,
      },
    ]);
    await pipeline.live(10 * minute);
    expect(pipeline.run(id)?.state).not.toBe("running");
  });

  test("adopts the message of a native dead letter behind sixty dead letters of the pipeline", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    for (let i = 0; i < 60; i++) await enqueue(pipeline.ports, scripted, { fatal: true });
    await pipeline.live(2 * minute);
    await pipeline.ports.queue.sendDeadLetters([
      { lane: "normal", body: JSON.stringify({ v: 1, job: "scripted", key: "native" }), delaySeconds: 0 },
    ]);
    await pipeline.live(60 * minute);
    expect(pipeline.run("scripted:native")?.state).toBe("dead");
  }, 60_000);
});
