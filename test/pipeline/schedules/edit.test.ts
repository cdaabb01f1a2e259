import { describe, expect, test } from "@jest/globals";
import { runsOf } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

const staging = { table: "staging" };
const production = { table: "production" };

describe("an occurrence whose schedule was edited", () => {
  /** An hourly schedule of one job, whose first run has failed a given number of times. */
  const failing = async (failures: number, rule = "every 1 hour") => {
    const [first, other] = [recordingJob("first", failures), recordingJob("other")];
    const deployed = await deployPipeline([first.job, other.job]);
    await deployed.ask("schedules.create", { name: "often", job: "first", rule, input: staging });
    await deployed.pipeline.live(5 * second);
    return { ...deployed, first, other };
  };

  test("is recorded as skipped when its job was changed, and no run of the new job was made", async () => {
    const { pipeline, ask, history, other } = await failing(0, "every 1 minute");
    for (let minutes = 0; minutes < 4; minutes++) {
      await pipeline.tick();
      await pipeline.clock.advance(minute);
    }
    await ask("schedules.edit", { name: "often", job: "other", input: production });
    await pipeline.live(2 * minute);
    const lines = await history("often");
    expect(lines.filter((line) => line.includes("it runs job"))).toHaveLength(4);
    expect(lines.filter((line) => line.endsWith(" fired")).length).toBe(1 + other.ran.length);
    expect((await ask("schedules.audit", { name: "often" })).schedules[0]).toMatchObject({
      skipped: 4,
      missing: [],
    });
    const range = { name: "often", from: "2026-01-01T00:00:00Z", until: "2026-01-01T00:05:00Z" };
    expect((await ask("schedules.backfill", range)).made).toHaveLength(4);
    await pipeline.live(minute);
    const made = ["01T00:01:00Z", "01T00:02:00Z", "01T00:03:00Z", "01T00:04:00Z"];
    expect(other.ran).toEqual(expect.arrayContaining(made));
  });

  test("is retried with its own input when the schedule has another job by now", async () => {
    const { pipeline, ask, first, other } = await failing(1);
    await ask("schedules.edit", { name: "often", job: "other", input: production });
    await pipeline.live(3 * minute);
    expect(first).toMatchObject({ ran: ["01T00:00:00Z"], inputs: [staging, staging] });
    expect(other.ran).toEqual([]);
  });

  test("is redriven with its own input when the schedule has another job by now", async () => {
    const { pipeline, ask, first } = await failing(3);
    await pipeline.live(5 * minute);
    expect(runsOf(pipeline, "often")).toEqual(["00:00:00 dead"]);
    await ask("schedules.edit", { name: "often", job: "other", input: production });
    const deadLetter = pipeline.ports.queue.dead("normal")[0];
    await pipeline.send("normal", deadLetter?.body ?? "");
    await pipeline.live(minute);
    expect(first).toMatchObject({ ran: ["01T00:00:00Z"], inputs: [staging, staging, staging, staging] });
  });

  test("runs with the input of the edit, which its row keeps", async () => {
    const { pipeline, ask, first } = await failing(0, "every 1 minute");
    await ask("schedules.edit", { name: "often", input: production });
    await pipeline.live(minute);
    expect(first.inputs).toEqual([staging, production]);
    const shown = async (time: string) =>
      (await ask("runs.show", { id: `first:often@2026-01-01T${time}Z` })).input;
    expect([await shown("00:00:00"), await shown("00:01:00")]).toEqual([staging, production]);
  });
});

describe("an edit that gives a schedule another job", () => {
  test("leaves occurrences that were sent ahead to that job, and the ledger has them as fired", async () => {
    const [first, other] = [recordingJob("first"), recordingJob("other")];
    const { pipeline, ask, history, audit } = await deployPipeline([first.job, other.job]);
    await ask("schedules.create", { name: "often", job: "first", rule: "every 1 minute", input: staging });
    await ask("schedules.edit", { name: "often", job: "other" });
    await pipeline.live(2 * minute + second);
    expect({ first: first.ran, other: other.ran }).toEqual({
      first: [],
      other: ["01T00:00:00Z", "01T00:01:00Z", "01T00:02:00Z"],
    });
    expect((await history("often")).slice(0, 3)).toEqual([
      "00:00:00 fired",
      "00:01:00 fired",
      "00:02:00 fired",
    ]);
    const { times } = await ask("schedules.history", { name: "often" });
    expect(times.at(-1)).toMatchObject({ run: "other:often@2026-01-01T00:00:00Z", state: "succeeded" });
    expect(await audit("often")).toMatchObject({ skipped: 0, missing: [], unexpected: [] });
  });

  test("and back again before they are due runs each instant once", async () => {
    const [first, other] = [recordingJob("first"), recordingJob("other")];
    const { pipeline, ask, history } = await deployPipeline([first.job, other.job]);
    await ask("schedules.create", { name: "often", job: "first", rule: "every 1 minute", input: staging });
    await ask("schedules.edit", { name: "often", job: "other" });
    await ask("schedules.edit", { name: "often", job: "first" });
    await pipeline.live(minute + second);
    expect({ first: first.ran, other: other.ran }).toEqual({
      first: ["01T00:00:00Z", "01T00:01:00Z"],
      other: [],
    });
    expect((await history("often")).slice(0, 2)).toEqual(["00:00:00 fired", "00:01:00 fired"]);
  });
});

describe("a schedule with a minimum interval", () => {
  const most = { minInterval: "50 minutes" } as const;

  test("skips occurrences that are due too soon after one that ran before the edit", async () => {
    const { job, ran } = recordingJob("hourly");
    const { pipeline, ask, history } = await deployPipeline([job]);
    const hourly = { name: "often", job: "hourly", rule: "0 * * * *", input: {}, ...most };
    await ask("schedules.create", hourly);
    await pipeline.live(61 * minute);
    await ask("schedules.edit", { name: "often", rule: "*/5 * * * *" });
    await pipeline.live(55 * minute);
    expect(ran).toEqual(["01T00:00:00Z", "01T01:00:00Z", "01T01:50:00Z"]);
    expect((await history("often")).filter((line) => line.endsWith("too soon after the last"))).toHaveLength(
      10,
    );
  });

  test("keeps its rhythm after an edit of its input", async () => {
    const { job, ran } = recordingJob("often");
    const { pipeline, ask } = await deployPipeline([job]);
    const often = {
      name: "often",
      job: "often",
      rule: "every 1 minute",
      input: {},
      minInterval: "2 minutes",
    };
    await ask("schedules.create", often);
    await pipeline.live(minute + second);
    await ask("schedules.edit", { name: "often", input: production });
    await pipeline.live(4 * minute);
    expect(ran).toEqual(["01T00:00:00Z", "01T00:02:00Z", "01T00:04:00Z"]);
  });
});
