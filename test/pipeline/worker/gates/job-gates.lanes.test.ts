import { describe, expect, test } from "@jest/globals";
import { defineJob } from "../../../../shared/index.ts";
import { enqueue } from "../../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute } from "../../support/pipeline-harness.ts";
import { deployPipeline } from "../../support/schedule-harness.ts";

/** A job that a deploy moves to a slower lane, and a schedule of it that was made at run time. */
const createMoved = async () => {
  let ran = 0;
  const run = () => {
    ran++;
  };
  const before = defineJob({ name: "export", run });
  const after = defineJob({ name: "export", priority: "low", timeout: "10 minutes", run });
  const deployed = await deployPipeline([before]);
  await deployed.ask("schedules.create", { name: "mine", job: "export", rule: "every 5 minutes" });
  await deployed.pipeline.live(6 * minute);
  await deployed.deploy([after], []);
  return { ...deployed, ran: () => ran };
};

test("moves runtime schedules to the new lane of their job at a deploy", async () => {
  const { pipeline, ran } = await createMoved();
  const ranBefore = ran();
  await pipeline.live(16 * minute);
  expect(ran() - ranBefore).toBe(3);
  expect(pipeline.runs().filter(({ state }) => state === "dead")).toEqual([]);
  const [row] = await pipeline.ports.schedules.all();
  expect(row?.lane).toBe("low");
  const page = { shard: 0, until: pipeline.clock.now() + 60 * minute, limit: 10 };
  const dueIn = async (lane: "low" | "normal") => {
    const pages = Array.from({ length: 16 }, (_, shard) =>
      pipeline.ports.schedules.due(lane, { ...page, shard }),
    );
    return (await Promise.all(pages)).flatMap(({ ids }) => ids);
  };
  expect([await dueIn("low"), await dueIn("normal")]).toEqual([["mine"], []]);
});

test("backfills runs on the current lane of their job", async () => {
  const { pipeline, ask } = await createMoved();
  await pipeline.clock.advance(20 * minute);
  await ask("schedules.backfill", {
    name: "mine",
    from: "2026-01-01T00:10:00Z",
    until: "2026-01-01T00:25:00Z",
  });
  await pipeline.drain();
  const made = pipeline.runs().filter(({ dueAt }) => dueAt >= Date.UTC(2026, 0, 1, 0, 10));
  expect(made.map(({ lane, state }) => `${lane} ${state}`).slice(0, 3)).toEqual([
    "low succeeded",
    "low succeeded",
    "low succeeded",
  ]);
});

describe("a run on a lane that is too short for its job", () => {
  test("ends after a bare message was sent to that lane", async () => {
    const long = defineJob({ name: "long", priority: "low", timeout: "10 minutes", run: () => 1 });
    const pipeline = createPipeline([long]);
    await pipeline.send("critical", JSON.stringify({ v: 1, job: "long", key: "k" }));
    await pipeline.live(60 * minute);
    const run = pipeline.run("long:k");
    expect(["succeeded", "dead"]).toContain(run?.state);
  }, 60_000);

  test("ends after a deploy has raised the timeout of its job", async () => {
    const short = defineJob({ name: "job-a", priority: "critical", timeout: "10 seconds", run: () => 1 });
    const pipeline = createPipeline([short]);
    const { id } = await enqueue(pipeline.ports, short, undefined, { delay: "1 minute" });
    await pipeline.deploy(
      [defineJob({ name: "job-a", priority: "low", timeout: "10 minutes", run: () => 1 })],
      [],
    );
    await pipeline.live(60 * minute);
    expect(["succeeded", "dead"]).toContain(pipeline.run(id)?.state);
  }, 60_000);
});
