import { expect, test } from "@jest/globals";
import { defineRegistry } from "../../shared/core/jobs/registry.ts";
import { type LaneName, laneNames } from "../../shared/core/lane.ts";
import { occurrenceKey } from "../../shared/core/schedules/occurrence.ts";
import type { Schedule } from "../../shared/core/schedules/schedule.ts";
import { dueShards, shardOf } from "../../shared/core/shard.ts";
import { defineJob, every, schedule } from "../../shared/index.ts";
import { dispatch } from "../../shared/pipeline/dispatcher/tick.ts";
import type { Ports } from "../../shared/ports/index.ts";
import { killablePorts } from "../pipeline/support/killable-ports.ts";
import { createPipeline, minute, second } from "../pipeline/support/pipeline-harness.ts";

const jobOf = (priority: LaneName) => defineJob({ name: `at-${priority}`, priority, run: () => undefined });
const jobs = { critical: jobOf("critical"), high: jobOf("high"), normal: jobOf("normal"), low: jobOf("low") };
const stormAt = Date.UTC(2026, 0, 1) + minute;

/** Names of schedules in one shard of the timer index. */
const namesIn = (shard: number, count: number, prefix = "storm"): readonly string[] => {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) {
    const name = `${prefix}-${i}`;
    if (shardOf(name, dueShards) === shard) names.push(name);
  }
  return names;
};

const allAt = (names: readonly string[], lane: LaneName = "normal", at = stormAt): readonly Schedule[] =>
  names.map((name) => schedule(every("1 day", { anchor: new Date(at) }), jobs[lane], undefined, { name }));

const prepare = async (schedules: readonly Schedule[]) => {
  const registry = defineRegistry(Object.values(jobs), schedules);
  const pipeline = createPipeline(Object.values(jobs), schedules);
  await pipeline.reconcile();
  const tick = (ports: Ports = pipeline.ports, shards?: readonly number[], ms = 55 * second) => {
    const deadlineAt = pipeline.clock.now() + ms;
    return dispatch(ports, registry, { deadlineAt, ...(shards && { shards }) });
  };
  return { ...pipeline, tick, expectAllOnce: () => expectAllOnce(pipeline, schedules) };
};

/** Each schedule has one run, a message for it, and one ledger entry. */
const expectAllOnce = async (pipeline: ReturnType<typeof createPipeline>, schedules: readonly Schedule[]) => {
  const wanted = schedules.map(({ name, job }) => `${job.name}:${occurrenceKey(name, stormAt)}`).toSorted();
  const { queue, ledger } = pipeline.ports;
  const runs = pipeline.runs().map(({ id }) => id);
  const sent = laneNames.flatMap((lane) => queue.waiting(lane).map(({ body }) => JSON.parse(body)));
  expect(runs.toSorted()).toEqual(wanted);
  expect([...new Set(sent.map(({ id }) => id))].toSorted()).toEqual(wanted);
  for (const { name } of schedules.filter((_, i) => i % 10 === 0)) {
    const recorded = (await ledger.list(name, { limit: 10 })).filter(
      ({ recordedBy }) => recordedBy === "dispatcher",
    );
    expect(recorded).toMatchObject([{ fired: [stormAt] }]);
  }
};

test("sends urgent lanes first, and gives each lane its share before any is finished", async () => {
  const lanes = ["low", "normal", "high", "critical"] as const;
  const { ports, tick } = await prepare(lanes.flatMap((lane) => allAt(namesIn(3, 500, lane), lane)));
  const { create } = ports.runs;
  let order = "";
  ports.runs.create = (runs) => {
    expect(new Set(runs.map(({ lane }) => lane)).size).toBe(1);
    order += runs[0]?.lane[0];
    return create(runs);
  };
  await tick();
  expect(order).toBe("cccchhhnnlchhnnlnlll");
});

const backlog = [...allAt(namesIn(5, 900)), ...allAt(namesIn(9, 800)), ...allAt(namesIn(2, 50))];

test("fans out a shard with a backlog once, and the other invocation fans out nothing", async () => {
  const { ports, tick, expectAllOnce } = await prepare(backlog);
  const asked: (readonly number[])[] = [];
  const fanOut = async (shards: readonly number[]) => asked.push(shards) > 0;
  const first = await tick({ ...ports, fanOut });
  expect(asked.toSorted()).toEqual([[5], [9]]);
  expect(first.fannedOut).toBe(2);
  expect(first.occurrences).toBeLessThan(backlog.length);
  const helped = await Promise.all(asked.splice(0).map((shards) => tick({ ...ports, fanOut }, shards)));
  expect(asked).toEqual([]);
  expect(helped.reduce((sum, { occurrences }) => sum + occurrences, first.occurrences)).toBe(backlog.length);
  await expectAllOnce();
});

test("tries to fan out each shard once, and processes it itself when that fails", async () => {
  const { ports, tick, expectAllOnce } = await prepare(backlog);
  let asked = 0;
  const fanOut = async () => ++asked < 0;
  expect(await tick({ ...ports, fanOut })).toMatchObject({ occurrences: backlog.length, fannedOut: 0 });
  expect(asked).toBe(2);
  await expectAllOnce();
});

test("leaves what it has no time for to the next tick", async () => {
  const { ports, tick, clock, expectAllOnce } = await prepare(backlog);
  const { due } = ports.schedules;
  ports.schedules.due = async (lane, query) => {
    clock.jump(100);
    return await due(lane, query);
  };
  const cut = await tick(ports, undefined, 12 * second);
  expect(cut.occurrences).toBeGreaterThan(0);
  expect(cut.occurrences).toBeLessThan(backlog.length / 2);
  await tick();
  await expectAllOnce();
});

test("retries a throttled page, and leaves a shard that keeps failing to the next tick without stopping the others", async () => {
  const { ports, tick, clock, lines, expectAllOnce } = await prepare(backlog);
  const { create } = ports.runs;
  let isBad = true;
  const shards = new Set<number>();
  ports.runs.create = async (runs) => {
    const shard = shardOf(runs[0]?.schedule ?? "", dueShards);
    const isFirst = !shards.has(shard);
    shards.add(shard);
    if (isBad && (isFirst || shard === 9)) throw new Error("throttled");
    return await create(runs);
  };
  const failed = expect(tick()).rejects.toThrow("1 of 16 shards failed; the next tick retries them");
  await clock.advance(30 * second);
  await failed;
  expect(lines.filter(({ message }) => message.includes("failed; retrying"))).toHaveLength(2 + 4);
  isBad = false;
  await tick();
  await expectAllOnce();
});

test.each([0, 1, 2, 5, 9, 14, 20])(
  "loses nothing when a tick is killed at its write %d of a storm",
  async (call) => {
    const { ports, tick, clock, expectAllOnce } = await prepare(allAt(namesIn(7, 450)));
    const doomed = killablePorts(ports, { call, phase: call % 2 === 0 ? "before" : "after" });
    void tick(doomed.ports);
    await clock.advance(minute);
    expect(doomed.isDead()).toBe(true);
    await tick();
    await expectAllOnce();
  },
);

test("reads only due schedules, and no row of another", async () => {
  const due = namesIn(1, 10);
  const later = Array.from({ length: 2_000 }, (_, i) => `later-${i}`);
  const { ports, tick } = await prepare([...allAt(due), ...allAt(later, "normal", stormAt + 60 * minute)]);
  const seen = countReads(ports);
  await tick();
  expect(seen.names.toSorted()).toEqual(due.toSorted());
  const queries = dueShards * Object.keys(jobs).length;
  expect(seen.calls).toEqual({ "schedules.due": queries, "schedules.read": 1, "runs.due": dueShards });
});

/** Record the reads of schedules and runs from here on: how often each port was read, and the names of all rows. */
const countReads = ({ schedules, runs }: Ports) => {
  const seen: { calls: Record<string, number>; names: string[] } = { calls: {}, names: [] };
  const watch = (port: object, prefix: string, members: readonly string[]) => {
    for (const member of members) {
      const call = Reflect.get(port, member);
      Reflect.set(port, member, (...args: unknown[]) => {
        const name = `${prefix}.${member}`;
        seen.calls[name] = (seen.calls[name] ?? 0) + 1;
        if (member === "read" && Array.isArray(args[0])) seen.names.push(...args[0]);
        return Reflect.apply(call, port, args);
      });
    }
  };
  watch(schedules, "schedules", ["due", "read", "all", "ledger", "note", "marks", "jobNames"]);
  watch(runs, "runs", ["due", "read", "list"]);
  return seen;
};
