import { expect, test } from "@jest/globals";
import type { LaneName } from "../../core/lane.ts";
import { replaceRow, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { dueShards, shardNumbers, shardOf } from "../../core/shard.ts";
import type { GetFixture } from "./fixture.ts";
import { allPages, aSchedule, many, withoutNext } from "./rows.ts";

const isInShard3 = ({ name }: Pick<ScheduleRow, "name">): boolean => shardOf(name, dueShards) === 3;

/** Tests of the schedules that are due, by lane. */
export const dueSchedules = (fixture: GetFixture): void => {
  const due = async (until: number, lane: LaneName = "normal"): Promise<readonly string[]> => {
    const read = (shard: number) => fixture().ports.schedules.due(lane, { shard, until, limit: 100 });
    const shards = await Promise.all(shardNumbers(dueShards).map(read));
    return shards.flatMap(({ ids }) => ids).sort();
  };

  const create = async (row: ScheduleRow): Promise<ScheduleRow> => {
    await fixture().ports.schedules.create([row]);
    return row;
  };

  const change = async (before: ScheduleRow, after: ScheduleRow): Promise<ScheduleRow> => {
    expect(await fixture().ports.schedules.change([replaceRow(before, after)])).toEqual([true]);
    return after;
  };

  test("answers a schedule from its next instant on, until it is advanced", async () => {
    const row = await create(aSchedule("minutely"));
    await create(aSchedule("later", { nextFireAt: 60_001 }));
    expect(await due(59_999)).toEqual([]);
    expect(await due(60_000)).toEqual(["minutely"]);
    await change(row, { ...row, nextFireAt: 120_000 });
    expect(await due(60_001)).toEqual(["later"]);
    expect(await due(120_000)).toEqual(["later", "minutely"]);
  });

  test("answers a schedule on the lane of its occurrences only, and moves it with the lane", async () => {
    const row = await create(aSchedule("moved", { lane: "critical" }));
    await create(aSchedule("stays", { lane: "low" }));
    expect([await due(60_000, "critical"), await due(60_000, "low")]).toEqual([["moved"], ["stays"]]);
    await change(row, { ...row, version: 2, lane: "low" });
    expect([await due(60_000, "critical"), await due(60_000, "low")]).toEqual([[], ["moved", "stays"]]);
    expect([await due(60_000, "high"), await due(60_000)]).toEqual([[], []]);
  });

  test.each(["paused", "deleted"] as const)(
    "omits a schedule while it is %s, and answers it again afterwards",
    async (state) => {
      const row = await create(aSchedule("stopped"));
      const stopped = await change(row, { ...row, state, version: 2 });
      expect(await due(Number.MAX_SAFE_INTEGER)).toEqual([]);
      expect(await fixture().ports.schedules.all()).toEqual([stopped]);
      await change(stopped, { ...row, version: 3 });
      expect(await due(60_000)).toEqual(["stopped"]);
    },
  );

  test("omits a schedule that could not be planned until its next try", async () => {
    const row = await create(aSchedule("stuck"));
    const unplannable = { tries: 1, nextTryAt: 90_000, reportedAt: 1 };
    const stuck = await change(row, { ...row, unplannable });
    expect([await due(89_999), await due(90_000)]).toEqual([[], ["stuck"]]);
    await change(stuck, row);
    expect(await due(60_000)).toEqual(["stuck"]);
  });

  test("answers a paused schedule at the end of its pause, whatever its rule says", async () => {
    const row = await create(aSchedule("paused-until"));
    const paused = await change(row, { ...row, version: 2, state: "paused", pausedUntil: 90_000 });
    expect(await due(89_999)).toEqual([]);
    expect(await due(90_000)).toEqual(["paused-until"]);
    const longer = await change(paused, { ...paused, version: 3, pausedUntil: 95_000 });
    expect([await due(94_999), await due(95_000)]).toEqual([[], ["paused-until"]]);
    await change(longer, { ...row, version: 4, nextFireAt: 120_000 });
    expect([await due(119_999), await due(120_000)]).toEqual([[], ["paused-until"]]);
  });

  test("omits a schedule without a next instant until it gets one", async () => {
    const row = await create(aSchedule("once"));
    const spent = await change(row, withoutNext(row));
    expect(await due(Number.MAX_SAFE_INTEGER)).toEqual([]);
    await change(spent, row);
    expect(await due(60_000)).toEqual(["once"]);
  });

  test("answers every name once over several pages, the longest due first", async () => {
    const { schedules } = fixture().ports;
    const rows = many(200, (i) => aSchedule(`s${i}`, { nextFireAt: 1_000 + i })).filter(isInShard3);
    await schedules.create(rows.toReversed());
    await create(aSchedule("other-lane", { lane: "high", nextFireAt: 1_000 }));
    const query = { shard: 3, until: 9_000, limit: 4 };
    const pages = await allPages((after) => schedules.due("normal", { ...query, ...after }));
    expect(pages.flat()).toEqual(rows.map(({ name }) => name));
    expect(pages.slice(0, 2).map((page) => page.length)).toEqual([4, 4]);
  });

  test("skips no name when earlier schedules are advanced between two pages", async () => {
    const { schedules } = fixture().ports;
    const rows = many(200, (i) => aSchedule(`s${i}`, { nextFireAt: 1_000 + i })).filter(isInShard3);
    await schedules.create(rows);
    const seen: string[] = [];
    await allPages(async (after) => {
      const page = await schedules.due("normal", { shard: 3, until: 9_000, limit: 4, ...after });
      seen.push(...page.ids);
      const due = rows.filter(({ name }) => page.ids.includes(name));
      await schedules.change(due.map((row) => replaceRow(row, { ...row, nextFireAt: 60_000 })));
      return page;
    });
    expect(seen).toEqual(rows.map(({ name }) => name));
  });
};
