import { describe, expect, test } from "@jest/globals";
import { dueShards, shardOf } from "../../../shared/core/shard.ts";
import { every, type Rule, schedule } from "../../../shared/index.ts";
import { runsOf } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";
import { createSlowJob, runConcurrently } from "../support/slow-harness.ts";

const day = 24 * 60 * minute;

describe(`an occurrence of a schedule with catchUp "none"`, () => {
  test("runs late when its overlap policy made it wait", async () => {
    const { spans, start } = createSlowJob({ ms: 230 * second });
    const { pipeline } = await start({ catchUp: "none", overlap: "buffer-one" }, every("2 minutes"));
    await runConcurrently(pipeline, 12 * minute);
    expect(spans.length).toBeGreaterThanOrEqual(3);
  });

  test("is retried when its worker was killed, however late that is noticed", async () => {
    const { job, ran } = recordingJob("beat");
    const beat = [schedule(every("1 hour"), job, {}, { catchUp: "none" })];
    const { pipeline, killWorker } = await deployPipeline([job], beat);
    await pipeline.tick();
    expect(await killWorker({ call: 1, phase: "before" })).toBe(true);
    await pipeline.live(40 * minute);
    expect(ran).toEqual(["01T00:00:00Z", "01T00:00:00Z"]);
    expect(runsOf(pipeline, "beat")[0]).toBe("00:00:00 succeeded");
  });
});

describe("an occurrence that was sent ahead and that no worker received", () => {
  /** The message of 00:01 waits in its queue for some time. */
  const waiting = async (catchUp: "none" | "latest" | "all", ms: number) => {
    const { job, ran } = recordingJob("beat");
    const beat = [schedule(every("1 hour"), job, {}, { catchUp })];
    const { pipeline, history } = await deployPipeline([job], beat);
    await pipeline.tick();
    await pipeline.clock.advance(ms);
    await pipeline.live(minute);
    return { ran, lines: (await history("beat")).slice(0, 1), states: runsOf(pipeline, "beat").slice(0, 1) };
  };

  test(`is skipped with a ledger entry after more than two minutes when catchUp is "none"`, async () => {
    expect(await waiting("none", 2 * minute + 1)).toEqual({
      ran: [],
      lines: ["00:00:00 skipped missed: no worker ran it in time"],
      states: ["00:00:00 cancelled"],
    });
  });

  test.each([
    ["for two minutes at most runs when nothing missed is wanted", "none", 2 * minute],
    ["for an hour less a minute runs when the latest is wanted", "latest", 59 * minute],
    ["for an hour less a minute runs when all are wanted", "all", 59 * minute],
  ] as const)("%s", async (_, catchUp, ms) => {
    expect(await waiting(catchUp, ms)).toEqual({
      ran: ["01T00:00:00Z"],
      lines: ["00:00:00 fired"],
      states: ["00:00:00 succeeded"],
    });
  });
});

describe("an occurrence whose schedule cannot be read", () => {
  const setUp = async () => {
    const { job, ran } = recordingJob("beat");
    const deployed = await deployPipeline([job], [schedule(every("1 day"), job, {})]);
    const { schedules } = deployed.pipeline.ports;
    const { read } = schedules;
    await deployed.pipeline.tick();
    // A row that is newer than the code which reads it counts as absent.
    Object.assign(schedules, { read: async () => new Map() });
    return { ...deployed, ran, restore: () => Object.assign(schedules, { read }) };
  };

  test("is deferred, uncharged, until it can be read", async () => {
    const { pipeline, ran, history, restore } = await setUp();
    await pipeline.live(50 * minute);
    expect(pipeline.runs()).toMatchObject([{ claimCount: 0, failedAttempts: 0 }]);
    expect(ran).toEqual([]);
    restore();
    await pipeline.live(3 * minute);
    expect(ran).toEqual(["01T00:00:00Z"]);
    expect(pipeline.runs()).toMatchObject([{ state: "succeeded", claimCount: 1, failedAttempts: 0 }]);
    expect(await history("beat")).toEqual(["00:00:00 fired"]);
  });

  test("is cancelled after an hour, with a ledger entry", async () => {
    const { pipeline, ran, history, restore } = await setUp();
    await pipeline.live(65 * minute);
    restore();
    await pipeline.live(5 * minute);
    expect(ran).toEqual([]);
    expect(runsOf(pipeline, "beat")).toEqual(["00:00:00 cancelled"]);
    expect(await history("beat")).toEqual(['00:00:00 skipped there is no schedule "beat"']);
  });
});

describe("after an outage", () => {
  /** A rule that counts its calls, each of which takes some virtual milliseconds. */
  const counted = (rule: Rule) => {
    const count = { asked: 0, tick: (): void => undefined };
    const next: Rule["next"] = (after) => {
      count.asked++;
      count.tick();
      return rule.next(after);
    };
    return { count, rule: { ...rule, next } };
  };

  test("of days, plans a schedule of every second with a few thousand calls of its rule before it writes", async () => {
    const { job } = recordingJob("beat");
    const { count, rule } = counted(every("1 second"));
    const { pipeline } = await deployPipeline([job], [schedule(rule, job, {})]);
    await pipeline.clock.advance(3 * day);
    const { change } = pipeline.ports.schedules;
    const asked: number[] = [];
    Object.assign(pipeline.ports.schedules, {
      change: (...changes: Parameters<typeof change>) => {
        asked.push(count.asked);
        count.asked = 0;
        return change(...changes);
      },
    });
    await pipeline.tick();
    expect(Math.max(...asked)).toBeLessThan(6_000);
    expect(pipeline.runs().length).toBeGreaterThan(120);
  });

  test("a slow rule neither overruns its tick nor delays the other schedules of its page", async () => {
    const { job } = recordingJob("beat");
    const { count, rule } = counted(every("1 second"));
    const slow = schedule(rule, job, {}, { name: "slow" });
    const isNear = (name: string) => shardOf(name, dueShards) === shardOf(slow.name, dueShards);
    const names = Array.from({ length: 200 }, (_, i) => `quick-${i}`).filter(isNear);
    const quick = names.map((name) => schedule(every("1 minute"), job, {}, { name }));
    const { pipeline } = await deployPipeline([job], [slow, ...quick]);
    await pipeline.clock.advance(day);
    count.tick = () => pipeline.clock.jump(1);
    const from = pipeline.clock.now();
    await pipeline.tick();
    expect(pipeline.clock.now() - from).toBeLessThan(55 * second);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect(runsOf(pipeline, name).length).toBeGreaterThan(0);
  });

  test("restarts a fixed delay from when the late occurrence was sent", async () => {
    const { job } = recordingJob("beat");
    const often = { name: "often", job: "beat", rule: "every 10 minutes fixed-delay", input: {} };
    const { pipeline, ask, history } = await deployPipeline([job]);
    await ask("schedules.create", often);
    await pipeline.live(11 * minute);
    await pipeline.clock.advance(67 * minute + 17 * second);
    const sentAt = new Date(pipeline.clock.now()).toISOString().slice(11, 19);
    await pipeline.live(25 * minute);
    expect({ sentAt, lines: (await history("often")).slice(0, 4) }).toEqual({
      sentAt: "01:18:17",
      lines: ["00:09:59 fired", "00:19:59 caught-up", "01:28:17 fired", "01:38:17 fired"],
    });
  });
});
