import { describe, expect, test } from "@jest/globals";
import { every, schedule } from "../../../shared/index.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { killablePorts } from "../support/killable-ports.ts";
import { at } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { type Deployed, deployPipeline, killPoints, recordingJob } from "../support/schedule-harness.ts";

const often = { name: "often", job: "beat", rule: "every 1 minute", input: {} };

/** When the worker of one occurrence is killed: before its claim, after it, and before its end is written. */
const claimLost = { call: 0, phase: "before" } as const;
const claimed = { call: 0, phase: "after" } as const;
const unwritten = { call: 1, phase: "before" } as const;

const skipBy = {
  paused: (ask: Deployed["ask"]) => ask("schedules.pause", { name: "often", reason: "storm" }),
  deleted: (ask: Deployed["ask"]) => ask("schedules.delete", { name: "often" }),
};

const reasons = { paused: "paused: storm", deleted: 'schedule "often" was deleted' };

describe.each(["paused", "deleted"] as const)("an occurrence of a schedule that was %s", (change) => {
  /** 00:00 has run, 00:01 and 00:02 were sent before, and 00:01 is due now. */
  const setUp = async () => {
    const { job, ran } = recordingJob("beat");
    const deployed = await deployPipeline([job]);
    const { pipeline, ask, history } = deployed;
    await ask("schedules.create", often);
    await pipeline.live(30 * second);
    await skipBy[change](ask);
    await pipeline.clock.advance(30 * second);
    const outcomes = async () => {
      await pipeline.live(35 * minute);
      const states = pipeline.runs().map(({ state }) => state);
      return { ran, states, recorded: (await history("often")).slice(0, 3) };
    };
    return { ...deployed, outcomes };
  };
  const skippedTimes = {
    ran: ["01T00:00:00Z"],
    states: ["succeeded", "cancelled", "cancelled"],
    recorded: [
      "00:00:00 fired",
      `00:01:00 skipped ${reasons[change]}`,
      `00:02:00 skipped ${reasons[change]}`,
    ],
  };

  test("is skipped with a ledger entry when the write that ends it fails", async () => {
    const { pipeline, outcomes } = await setUp();
    const { change } = pipeline.ports.runs;
    Object.assign(pipeline.ports.runs, {
      change: async () => {
        pipeline.ports.runs.change = change;
        throw new Error("throttled");
      },
    });
    expect(await outcomes()).toEqual(skippedTimes);
  });

  test("is skipped with a ledger entry when its worker is killed before the claim", async () => {
    const { killWorker, outcomes } = await setUp();
    expect(await killWorker(claimLost)).toBe(true);
    expect(await outcomes()).toEqual(skippedTimes);
  });

  test("never runs, but stays recorded as fired, when its worker is killed after the claim", async () => {
    for (const death of [claimed, unwritten]) {
      const { pipeline, killWorker, outcomes } = await setUp();
      expect(await killWorker(death)).toBe(true);
      const recorded = [skippedTimes.recorded[0], "00:01:00 fired", skippedTimes.recorded[2]];
      expect(await outcomes()).toEqual({ ...skippedTimes, recorded });
      const reason = `${reasons[change]}; an earlier attempt may have started`;
      expect(pipeline.run("beat:often@2026-01-01T00:01:00Z")).toMatchObject({ state: "cancelled", reason });
    }
  });
});

test("either runs an overlapping occurrence or records it as skipped when its worker is killed before it ends", async () => {
  for (const death of killPoints(3).slice(0, 5)) {
    const { job, ran } = recordingJob("beat");
    const run: typeof job.run = async (context) => {
      if (context.run.dueAt.getTime() === Date.parse(at("00:00:00"))) await pipeline.clock.sleep(90 * second);
      await job.run(context);
    };
    const lasting = { ...job, run, timeoutMs: 2 * minute };
    const schedules = [schedule(every("1 minute"), lasting, {}, { overlap: "skip" })];
    const { pipeline, killWorker, history } = await deployPipeline([lasting], schedules);
    await pipeline.tick();
    void pipeline.start("normal");
    await pipeline.clock.advance(minute);
    expect(await killWorker(death)).toBe(true);
    await pipeline.clock.advance(20 * second);
    await pipeline.live(35 * minute);
    const recorded = (await history("beat")).find((line) => line.startsWith("00:01:00"));
    const { state } = pipeline.run("beat:beat@2026-01-01T00:01:00Z") ?? {};
    const times = ran.filter((time) => time === "01T00:01:00Z").length;
    if (state === "succeeded") expect({ recorded, times }).toEqual({ recorded: "00:01:00 fired", times: 1 });
    else
      expect({ state, recorded, times }).toEqual({
        state: "cancelled",
        times: 0,
        recorded: expect.stringMatching(/^00:01:00 skipped overlap: /),
      });
  }
});

describe("occurrences that a killed dispatcher had sent", () => {
  const changes = {
    "a pause and a resume": async ({ pipeline, ask }: Deployed) => {
      await ask("schedules.pause", { name: "often" });
      await pipeline.clock.advance(10 * minute);
      await ask("schedules.resume", { name: "often" });
    },
    "an edit": ({ ask }: Deployed) => ask("schedules.edit", { name: "often", rule: "every 20 seconds" }),
    "an edit of the job": ({ ask }: Deployed) => ask("schedules.edit", { name: "often", job: "other" }),
    "a pause that ends by itself": async ({ pipeline, ask }: Deployed) => {
      await ask("schedules.pause", { name: "often", until: "5 minutes" });
      await pipeline.live(6 * minute);
    },
    "a deletion": ({ ask }: Deployed) => ask("schedules.delete", { name: "often" }),
  };

  test.each(Object.entries(changes))("and ran are recorded as fired after %s", async (_, change) => {
    for (const death of killPoints(4)) await toldRight(change, death);
  });

  const toldRight = async (
    change: (deployed: Deployed) => Promise<unknown>,
    death: ReturnType<typeof killPoints>[number],
  ) => {
    const [beat, other] = [recordingJob("beat"), recordingJob("other")];
    const deployed = await deployPipeline([beat.job, other.job]);
    const { pipeline, ask, context, history } = deployed;
    await ask("schedules.create", { ...often, rule: "every 10 seconds" });
    await pipeline.live(90 * second);
    const { ports, isDead } = killablePorts(pipeline.ports, death);
    void dispatch(ports, context().registry, { deadlineAt: pipeline.clock.now() + 55 * second });
    for (let seconds = 0; seconds < 115; seconds++) {
      await pipeline.drain();
      await pipeline.clock.advance(second);
    }
    expect(isDead()).toBe(true);
    await change(deployed);
    await pipeline.live(2 * minute);
    const recorded = await history("often");
    const succeeded = pipeline.runs().filter(({ state }) => state === "succeeded");
    const firedOnes = succeeded
      .map(({ dueAt }) => `${new Date(dueAt).toISOString().slice(11, 19)} fired`)
      .sort();
    expect(recorded.filter((line) => / (fired|caught-up)/.test(line))).toEqual([...new Set(firedOnes)]);
    expect(beat.ran.length + other.ran.length).toBe(succeeded.length);
  };
});
