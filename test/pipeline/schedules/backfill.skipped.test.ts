import { describe, expect, test } from "@jest/globals";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { at } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { type Deployed, deployPipeline, recordingJob } from "../support/schedule-harness.ts";

const often = { name: "often", job: "beat", rule: "every 1 minute", input: { value: 1 } };
const range = { name: "often", from: at("00:00:00"), until: at("00:05:00") };

/** What a backfill of the first five minutes makes, what a repetition makes, and how all runs ended. */
const backfilled = async ({ pipeline, ask, history }: Deployed) => {
  await pipeline.clock.advance(second);
  const made = (await ask("schedules.backfill", range)).made.map((time: string) => time.slice(11, 19));
  const again = await ask("schedules.backfill", range);
  await pipeline.live(second);
  const { made: late, ...kept } = await ask("schedules.backfill", range);
  await pipeline.live(5 * minute);
  const inRange = pipeline.runs().filter(({ dueAt }) => dueAt < Date.parse(range.until));
  return {
    made,
    again: [...again.made, ...late],
    kept: kept.kept,
    recorded: (await history("often")).filter((line) => line < "00:05"),
    ended: inRange
      .sort((a, b) => a.dueAt - b.dueAt)
      .map(({ id, state, generation }) => `${id} ${state} ${generation}`),
  };
};

const runs = (...ended: readonly string[]) =>
  ended.map((end, m) => `beat:often@2026-01-01T00:0${m}:00Z ${end}`);

describe("a backfill of a range with skipped occurrences", () => {
  const setUp = async (more: object = {}) => {
    const { job, ran } = recordingJob("beat");
    const other = recordingJob("other");
    const deployed = await deployPipeline([job, other.job]);
    await deployed.ask("schedules.create", { ...often, ...more });
    return { ...deployed, ran, other };
  };

  test("runs those that a pause skipped once, as the next generation of the run if there was one", async () => {
    const deployed = await setUp();
    const { pipeline, ask, ran } = deployed;
    await pipeline.live(30 * second);
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await pipeline.live(5 * minute);
    await ask("schedules.resume", { name: "often" });
    expect(await backfilled(deployed)).toEqual({
      made: ["00:01:00", "00:02:00", "00:03:00", "00:04:00"],
      again: [],
      kept: 5,
      recorded: ["00:00:00 fired", ...[1, 2, 3, 4].map((m) => `00:0${m}:00 caught-up`)],
      ended: runs("succeeded 1", "succeeded 2", "succeeded 2", "succeeded 1", "succeeded 1"),
    });
    expect(new Set(ran).size).toBe(ran.length);
    expect(await deployed.audit("often")).toMatchObject({ skipped: 1, missing: [], unexpected: [] });
  });

  test("runs those that no worker received in time", async () => {
    const deployed = await setUp({ catchUp: "none" });
    await deployed.pipeline.tick();
    await deployed.pipeline.clock.advance(10 * minute);
    await deployed.pipeline.live(2 * minute);
    const { made, again, recorded, ended } = await backfilled(deployed);
    expect({ made, again }).toEqual({ made: [0, 1, 2, 3, 4].map((m) => `00:0${m}:00`), again: [] });
    expect(recorded).toEqual([0, 1, 2, 3, 4].map((m) => `00:0${m}:00 caught-up`));
    expect(ended).toEqual(runs("succeeded 2", "succeeded 2", "succeeded 2", "succeeded 1", "succeeded 1"));
  });

  test("runs those that were skipped for overlap, whatever runs beside them", async () => {
    const deployed = await setUp({ overlap: "skip" });
    const { pipeline, other } = deployed;
    const { id } = await enqueue(pipeline.ports, other.job, {}, { key: "earlier", delay: "1 hour" });
    await pipeline.ports.notes.swap("often", "running", undefined, id);
    await pipeline.live(5 * minute + second);
    const { made, again, recorded, ended } = await backfilled(deployed);
    expect({ made, again }).toEqual({ made: [0, 1, 2, 3, 4].map((m) => `00:0${m}:00`), again: [] });
    expect(recorded).toEqual([0, 1, 2, 3, 4].map((m) => `00:0${m}:00 caught-up`));
    expect(ended).toEqual(runs(...Array.from({ length: 5 }, () => "succeeded 2")));
  });

  test("does not run those again that another job ran before an edit", async () => {
    const deployed = await setUp();
    const { pipeline, ask, ran, other } = deployed;
    await pipeline.live(10 * minute);
    const before = [...ran];
    await ask("schedules.edit", { name: "often", job: "other" });
    await pipeline.live(minute);
    expect(await ask("schedules.backfill", range)).toMatchObject({ made: [], kept: 5, failed: 0 });
    await pipeline.live(5 * minute);
    expect(ran).toEqual(before);
    expect(other.ran.filter((time) => before.includes(time))).toEqual([]);
  });
});
