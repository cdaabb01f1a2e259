import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { anyOf, cron, type Duration, defineJob, every, except, schedule } from "../../../shared/index.ts";
import { runsOf } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { type Deployed, deployPipeline, recordingJob } from "../support/schedule-harness.ts";

const hour = 60 * minute;

describe("a deploy", () => {
  test("that changes the job of a schedule runs occurrences that were sent ahead as the new job", async () => {
    const [before, after] = [recordingJob("before"), recordingJob("after")];
    const jobs = [before.job, after.job];
    const nightly = (job = before.job) => [schedule(cron("30 0 * * *"), job, {}, { name: "nightly" })];
    const { pipeline, deploy, history, audit } = await deployPipeline(jobs, nightly());
    await pipeline.live(29 * minute);
    expect(runsOf(pipeline, "nightly")).toEqual(["00:30:00 queued"]);
    await deploy(jobs, nightly(after.job));
    await pipeline.live(5 * minute);
    expect({ before: before.ran, after: after.ran }).toEqual({ before: [], after: ["01T00:30:00Z"] });
    expect(await history("nightly")).toEqual(["00:30:00 fired"]);
    expect(await audit("nightly")).toMatchObject({ fired: 1, skipped: 0, missing: [], unexpected: [] });
    expect(pipeline.ports.queue.dead("normal")).toEqual([]);
  });

  test("that removes a schedule together with its job leaves no dead letters", async () => {
    const [gone, other] = [recordingJob("gone"), recordingJob("other")];
    const { pipeline, deploy, history } = await deployPipeline(
      [gone.job, other.job],
      [schedule(every("1 minute"), gone.job, {}, { name: "often" })],
    );
    await pipeline.live(minute + second);
    await deploy([other.job], []);
    await pipeline.live(5 * minute);
    expect(runsOf(pipeline, "often").slice(2)).toEqual(["00:02:00 cancelled", "00:03:00 cancelled"]);
    expect(pipeline.ports.queue.dead("normal")).toEqual([]);
    expect((await history("often")).slice(2)).toEqual([
      '00:02:00 skipped schedule "often" was deleted',
      '00:03:00 skipped schedule "often" was deleted',
    ]);
  });

  test("with a less frequent rule skips occurrences that were sent ahead and are no longer due", async () => {
    const { job, ran } = recordingJob("beat");
    const { pipeline, deploy } = await deployPipeline([job], [schedule(every("1 minute"), job, {})]);
    await pipeline.live(minute + second);
    await deploy([job], [schedule(every("3 minutes"), job, {})]);
    await pipeline.live(4 * minute);
    expect(ran).toEqual(["01T00:00:00Z", "01T00:01:00Z", "01T00:03:00Z"]);
  });
});

describe("a deploy misses no instant when it changes", () => {
  /** Runs from midnight by one rule, then for a day by the other. */
  const changing = async (before: Parameters<typeof schedule>[0], after: typeof before) => {
    const { job, ran } = recordingJob("daily");
    const of = (rule: typeof before) => [schedule(rule, job, {}, { name: "daily" })];
    const deployed = await deployPipeline([job], of(before));
    await deployed.pipeline.live(hour);
    const { changed } = await deployed.deploy([job], of(after));
    const again = await deployed.deploy([job], of(after));
    expect({ changed, again: again.changed }).toEqual({ changed: ["daily"], again: [] });
    for (let hours = 0; hours < 23; hours++) {
      await deployed.pipeline.live(minute);
      await deployed.pipeline.clock.advance(hour - minute);
    }
    expect(await deployed.audit("daily")).toMatchObject({ missing: [], unexpected: [] });
    return ran;
  };
  const closedOn = (day: string) => (instant: Date) => instant.toISOString().startsWith(day);

  test("a calendar, which is not part of the rule's text", async () => {
    const noon = (day: string) => except(cron("0 12 * * *"), { calendar: closedOn(day) });
    expect(await changing(noon("2026-01-01"), noon("2026-01-06"))).toEqual(["01T12:00:00Z"]);
  });

  test("the zone of one of several combined rules", async () => {
    const open = (zone: string) => anyOf(cron("0 9 * * *", zone), cron("0 23 * * *"));
    // Nine o'clock in Tokyo was at midnight; in Madrid it is at eight.
    expect(await changing(open("Asia/Tokyo"), open("Europe/Madrid"))).toEqual([
      "01T00:00:00Z",
      "01T08:00:00Z",
      "01T23:00:00Z",
    ]);
  });

  test("the fourth exception of a rule", async () => {
    const holidays = ["2026-12-25", "2026-12-26", "2026-12-31"];
    const noon = (day: string) => except(cron("0 12 * * *"), { dates: [...holidays, day] });
    expect(await changing(noon("2026-01-01"), noon("2026-01-06"))).toEqual(["01T12:00:00Z"]);
  });
});

describe("a deploy with another rule records the occurrences that it skipped", () => {
  const { job } = recordingJob("beat");
  const beat = (interval: Duration) => [schedule(every(interval), job, {}, { catchUp: "all" })];
  const skippedTimes = async ({ pipeline }: Deployed) =>
    (await pipeline.ports.ledger.list("beat", { limit: 100 })).flatMap(({ skipped }) => skipped);

  test("of an outage", async () => {
    const deployed = await deployPipeline([job], beat("10 minutes"));
    await deployed.pipeline.live(11 * minute);
    await deployed.pipeline.clock.advance(hour);
    await deployed.deploy([job], beat("5 minutes"));
    await deployed.pipeline.live(10 * minute);
    expect(await skippedTimes(deployed)).toEqual([
      {
        from: Date.UTC(2026, 0, 1, 0, 20),
        to: Date.UTC(2026, 0, 1, 1, 10),
        count: 6,
        reason: "deployed with another rule before the pipeline came to it",
      },
    ]);
  });

  test("of a pause", async () => {
    const deployed = await deployPipeline([job], beat("10 minutes"));
    await deployed.pipeline.live(11 * minute);
    await deployed.ask("schedules.pause", { name: "beat", reason: "storm" });
    await deployed.pipeline.live(hour);
    await deployed.deploy([job], beat("5 minutes"));
    expect(await skippedTimes(deployed)).toEqual([
      {
        from: Date.UTC(2026, 0, 1, 0, 20),
        to: Date.UTC(2026, 0, 1, 1, 10),
        count: 6,
        reason: "paused: storm",
      },
    ]);
  });
});

describe("a schedule of the code that cannot be reconciled,", () => {
  const { job } = recordingJob("beat");
  const good = schedule(every("1 minute"), job, {}, { name: "good" });
  const thrower = {
    text: "by a calendar file",
    next: () => {
      throw new Error("the calendar file is missing");
    },
  };
  const choosy = defineJob({ name: "choosy", input: z.object({ n: z.number() }), run: () => undefined });

  test.each([
    ["since its rule throws", schedule(thrower, job, {}, { name: "bad" }), "the calendar file is missing"],
    [
      "since its job refuses its input",
      schedule(every("1 minute"), choosy, { n: Number.NaN }, { name: "bad" }),
      "n",
    ],
  ])("%s, keeps back no other and is named at the end", async (_, bad, problem) => {
    const deployed = await deployPipeline([job, choosy], []);
    await expect(deployed.deploy([job, choosy], [bad, good])).rejects.toThrow(problem);
    await deployed.pipeline.live(minute + second);
    expect(runsOf(deployed.pipeline, "good").slice(0, 2)).toEqual([
      "00:00:00 succeeded",
      "00:01:00 succeeded",
    ]);
  });
});

describe("a name that code and a runtime schedule share", () => {
  test("stays with the active runtime schedule, and the other schedules are reconciled", async () => {
    const [mine, theirs] = [recordingJob("mine"), recordingJob("theirs")];
    const jobs = [mine.job, theirs.job];
    const { pipeline, ask, deploy } = await deployPipeline(jobs);
    await ask("schedules.create", { name: "often", job: "mine", rule: "every 1 minute", input: { n: 1 } });
    await ask("schedules.pause", { name: "often", reason: "storm" });
    const before = await ask("schedules.show", { name: "often" });
    const code = [
      schedule(every("1 minute"), theirs.job, {}, { name: "often" }),
      schedule(every("1 minute"), theirs.job, {}, { name: "other" }),
    ];
    await expect(deploy(jobs, code)).rejects.toThrow(
      'schedule "often": expected a name that no schedule created at run time has, got the name of one; give it another name, or delete that one first',
    );
    await pipeline.live(minute);
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({ ...before });
    expect(mine.ran).toEqual([]);
    expect(theirs.ran).toEqual(["01T00:00:00Z"]);
    expect(runsOf(pipeline, "other")).toContain("00:00:00 succeeded");
    await ask("schedules.delete", { name: "often" });
    expect(await deploy(jobs, code)).toMatchObject({ changed: ["often"] });
  });

  test("keeps an operator's pause when code removes the schedule and adds it again", async () => {
    const { job, ran } = recordingJob("beat");
    const beat = [schedule(every("1 minute"), job, {})];
    const { pipeline, ask, deploy, audit } = await deployPipeline([job], beat);
    await ask("schedules.pause", { name: "beat", reason: "storm", until: "2 hours" });
    await deploy([job], []);
    await pipeline.live(5 * minute);
    await deploy([job], beat);
    await pipeline.live(5 * minute);
    expect(await ask("schedules.show", { name: "beat" })).toMatchObject({
      state: "paused",
      pauseReason: "storm",
      pausedUntil: "2026-01-01T02:00:00.000Z",
    });
    expect(ran).toEqual([]);
    expect(await audit("beat")).toMatchObject({ missing: [] });
  });
});
