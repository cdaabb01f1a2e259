import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../shared/core/registry.ts";
import { defineJob, every, type Schedule, schedule } from "../../shared/index.ts";
import { auditSchedule, historyOf } from "../../shared/pipeline/schedules/ledger.ts";
import { createTally } from "../../shared/pipeline/tally.ts";
import { work } from "../../shared/pipeline/work.ts";
import { mortal } from "./mortal.ts";
import { createOperated } from "./operations-world.ts";
import { createWorld, minute, second, type World } from "./world.ts";

/** A job that takes as long as it is told, and stops when its signal says so. */
const createSlow = (ms: number, isBroken = () => false) => {
  const spans: { readonly id: string; readonly from: number; to: number; aborted: boolean }[] = [];
  let world: World | undefined;
  const slow = defineJob({
    name: "slow",
    timeout: "4 minutes",
    retry: { attempts: 1 },
    run: async ({ run, signal }) => {
      if (isBroken()) throw new Error("broken");
      if (!world) throw new Error("no world yet");
      const { clock } = world;
      const span = { id: run.id, from: clock.now(), to: clock.now(), aborted: false };
      spans.push(span);
      await clock.sleep(ms, signal);
      span.to = clock.now();
      span.aborted = signal.aborted;
      if (signal.aborted) throw signal.reason;
    },
  });
  const start = async (options: Parameters<typeof schedule>[3], rule = every("1 minute")) => {
    const schedules: Schedule[] = [schedule(rule, slow, undefined, options as object)];
    world = createWorld([slow], schedules);
    await world.reconcile();
    return { world, desk: { ports: world.ports, registry: defineRegistry([slow], schedules) } };
  };
  return { slow, spans, start };
};

const claimed = { call: 0, phase: "after" } as const;

const statesOf = (world: World) =>
  world
    .runs()
    .filter(({ due }) => due <= world.clock.now() - 2 * second)
    .sort((a, b) => a.due - b.due)
    .map(({ state }) => state);

const overlapping = (spans: readonly { readonly from: number; readonly to: number }[]): number =>
  spans.filter((a) => spans.some((b) => a !== b && a.from < b.to && b.from < a.to)).length;

/** Lives through time with deliveries that do not wait for one another: runs of one schedule may stand side by side. */
const liveConcurrently = async (world: World, ms: number): Promise<void> => {
  const until = world.clock.now() + ms;
  const pending = new Set<Promise<unknown>>();
  let nextTick = world.clock.now();
  while (world.clock.now() < until) {
    if (world.clock.now() >= nextTick) {
      await world.tick();
      nextTick += minute;
    }
    const working = world.start("normal");
    if (working) pending.add(working.finally(() => pending.delete(working)));
    await world.clock.advance(500);
  }
};

describe("an occurrence that is due while an earlier one runs", () => {
  test("runs beside it when overlap is allowed", async () => {
    const { spans, start } = createSlow(100 * second);
    const { world } = await start({});
    await liveConcurrently(world, 6 * minute);
    expect(overlapping(spans)).toBeGreaterThan(2);
  });

  test("is skipped, and the ledger says why", async () => {
    const { spans, start } = createSlow(100 * second);
    const { world, desk } = await start({ overlap: "skip" });
    await liveConcurrently(world, 6 * minute);
    expect(overlapping(spans)).toBe(0);
    expect(spans.length).toBeGreaterThanOrEqual(3);
    const skipped = (await historyOf(desk, "slow", 50)).filter(({ fate }) => fate === "skipped");
    expect(skipped.length).toBeGreaterThanOrEqual(2);
    expect(skipped[0]).toMatchObject({
      reason: expect.stringMatching(/^overlap: slow:slow@.* has not ended$/),
    });
  });

  test("is cancelled as a run of its own, which the ledger has as fired", async () => {
    const { spans, start } = createSlow(100 * second);
    const { world, desk } = await start({ overlap: "cancel-new" });
    await liveConcurrently(world, 6 * minute);
    expect(overlapping(spans)).toBe(0);
    expect(statesOf(world)).toContain("cancelled");
    expect((await historyOf(desk, "slow", 50)).filter(({ fate }) => fate === "skipped")).toEqual([]);
  });

  test("waits for its turn, one at a time", async () => {
    const { spans, start } = createSlow(150 * second);
    const { world, desk } = await start({ overlap: "queue-one" });
    await liveConcurrently(world, 12 * minute);
    expect(overlapping(spans)).toBe(0);
    const gaps = spans.slice(1).map(({ from }, i) => from - (spans[i]?.to ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(65 * second);
    const skipped = (await historyOf(desk, "slow", 50)).filter(({ fate }) => fate === "skipped");
    expect(skipped[0]).toMatchObject({ reason: "overlap: another occurrence waits already" });
  });

  test("cancels it through its signal and runs when it has ended", async () => {
    const { spans, start } = createSlow(200 * second);
    const { world } = await start({ overlap: "cancel-running" });
    await liveConcurrently(world, 6 * minute);
    expect(overlapping(spans)).toBe(0);
    expect(spans.slice(0, -1).every(({ aborted }) => aborted)).toBe(true);
    expect(spans.length).toBeGreaterThanOrEqual(4);
  });
});

describe("a schedule", () => {
  test("is paused when as many of its runs have died in a row as it bears, and not sooner", async () => {
    let broken = true;
    const { start } = createSlow(second, () => broken);
    const { world } = await start({ pauseAfter: 3 });
    await world.live(minute + second);
    broken = false;
    await world.live(minute);
    broken = true;
    await world.live(2 * minute);
    expect((await world.ports.schedules.all())[0]).toMatchObject({ state: "active" });
    await world.live(4 * minute);
    expect((await world.ports.schedules.all())[0]).toMatchObject({
      state: "paused",
      pausedFor: expect.stringContaining("3 runs in a row died"),
    });
    expect(statesOf(world).filter((state) => state === "dead")).toHaveLength(2 + 2 + 1);
  });

  test("is paused by deaths that only the sweeper can tell", async () => {
    const { slow, start } = createSlow(second);
    const { world, desk } = await start({ pauseAfter: 2 }, every("10 minutes"));
    const tally = createTally();
    for (let minutes = 0; minutes < 120; minutes++) {
      await world.tick();
      await world.sweep();
      const deliveries = world.receive("normal", 10);
      const site = {
        lane: slow.lane,
        registry: desk.registry,
        tally,
        deadlineAt: world.clock.now() + minute,
      };
      // Whoever claims it is killed.
      if (deliveries.length > 0) void work(mortal(world.ports, claimed).ports, site, deliveries);
      await world.clock.advance(minute);
    }
    expect(statesOf(world).filter((state) => state === "dead").length).toBeGreaterThanOrEqual(2);
    expect((await world.ports.schedules.all())[0]).toMatchObject({
      state: "paused",
      pausedFor: expect.stringContaining("2 runs in a row died"),
    });
  });

  test("is paused by deaths that come before any handler", async () => {
    const { world, ask } = createOperated();
    await ask("schedules.create", {
      name: "often",
      job: "scripted",
      rule: "every 1 minute",
      input: { value: 1 },
      pauseAfter: 2,
    });
    await world.deploy([defineJob({ name: "another", run: () => undefined })], []);
    await world.live(2 * minute);
    expect(world.runs().filter(({ state }) => state === "dead")).toHaveLength(2);
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({ state: "paused" });
  });

  test("fires no more often than it may, and tells what it let go", async () => {
    const { start } = createSlow(second);
    const { world, desk } = await start({ atMostEvery: "90 seconds" }, every("30 seconds"));
    await world.live(10 * minute);
    const due = world.runs().map((run) => run.due);
    const gaps = due
      .sort((a, b) => a - b)
      .slice(1)
      .map((at, i) => at - (due[i] ?? 0));
    expect(Math.min(...gaps)).toBe(90 * second);
    const told = await historyOf(desk, "slow", 100);
    expect(told).toContainEqual(
      expect.objectContaining({ fate: "skipped", reason: "too soon after the last" }),
    );
  });

  test("starts each occurrence late by its jitter, and by no more than that", async () => {
    const { spans, start } = createSlow(0);
    const { world } = await start({ jitter: "40 seconds" });
    const begin = world.clock.now();
    await world.live(20 * minute);
    const late = spans.map(({ from }) => (from - begin) % minute);
    expect(new Set(late).size).toBeGreaterThan(5);
    expect(Math.max(...late)).toBeLessThanOrEqual(41 * second);
    expect(spans.length).toBeGreaterThanOrEqual(19);
  });

  test.each([
    ["5 minutes", 5 * minute],
    ["3 hours", 180 * minute],
    ["3 days", 3 * 24 * 60 * minute],
  ])(
    "that stood still for %s tells every instant of it, and catches up as it was told",
    async (_, outage) => {
      for (const [catchUp, most] of [
        ["none", 0],
        ["latest", 1],
        ["all", 20],
      ] as const) {
        const { spans, start } = createSlow(0);
        const { world, desk } = await start({ catchUp, catchUpMost: 20 });
        await world.live(3 * minute);
        const before = spans.length;
        const from = world.clock.now();
        await world.clock.advance(outage);
        await world.live(3 * minute);
        // What was sent ahead ran, and what is two minutes late is not missed yet.
        const missed = Math.floor((outage - 4 * minute) / minute);
        const caught = (await historyOf(desk, "slow", 10_000)).filter(
          ({ fate }) => fate === "caught-up",
        ).length;
        expect(caught).toBe(Math.min(most, missed));
        expect(spans.length).toBeGreaterThan(before);
        const audit = await auditSchedule(desk, "slow", {
          from: from - 3 * minute,
          until: world.clock.now(),
        });
        expect(audit).toMatchObject({ holes: [], strangers: [] });
      }
    },
  );
});
