import { expect, test } from "@jest/globals";
import { schedulePolicy } from "../../core/schedules/policy.ts";
import { replaceRow, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { GetFixture } from "./fixture.ts";
import { aSchedule, fullSchedule, many, withoutNext } from "./rows.ts";

const byName = (rows: readonly ScheduleRow[]) => new Map(rows.map((row) => [row.name, row]));

/** Tests of the rows of schedules and of the conditions on their changes. */
export const schedules = (fixture: GetFixture): void => {
  test("creates one schedule of a name, and reads its row as it was written", async () => {
    const { schedules } = fixture().ports;
    const full = fullSchedule("full");
    const { input: _, ...bare } = withoutNext(aSchedule("bare"));
    expect(await schedules.create([full, bare])).toEqual([true, true]);
    const taken = [aSchedule("full", { version: 9 }), aSchedule("new")];
    expect(await schedules.create(taken)).toEqual([false, true]);
    expect(await schedules.read(["full", "bare", "none"])).toEqual(byName([full, bare]));
  });

  test("lists all schedules, more than fit into one request", async () => {
    const { schedules } = fixture().ports;
    const rows = many(130, (i) => aSchedule(`s${i}`));
    expect(await schedules.create(rows)).toEqual(rows.map(() => true));
    const all = await schedules.all();
    expect(byName(all)).toEqual(byName(rows));
    expect(all).toHaveLength(130);
  });

  test("replaces the whole row by a change, including removed members", async () => {
    const { schedules } = fixture().ports;
    const row = fullSchedule("edited");
    await schedules.create([row]);
    const edited = aSchedule("edited", { version: 2, policy: schedulePolicy({ overlap: "skip" }) });
    expect(await schedules.change([replaceRow(row, edited)])).toEqual([true]);
    expect(await schedules.read(["edited"])).toEqual(byName([edited]));
  });

  test.each([
    ["another version", { version: 2, nextFireAt: 60_000 }],
    ["another instant", { version: 1, nextFireAt: 60_001 }],
    ["no instant", { version: 1, nextFireAt: undefined }],
  ])("refuses a change that expects %s", async (_, when) => {
    const { schedules } = fixture().ports;
    const row = aSchedule("fenced");
    await schedules.create([row]);
    expect(await schedules.change([{ row: aSchedule("fenced", { version: 3 }), when }])).toEqual([false]);
    expect(await schedules.read(["fenced"])).toEqual(byName([row]));
  });

  test("creates no row for a change of an unknown schedule", async () => {
    const { schedules } = fixture().ports;
    const row = aSchedule("none");
    expect(await schedules.change([replaceRow(row, row)])).toEqual([false]);
    expect((await schedules.read(["none"])).size).toBe(0);
    expect(await schedules.all()).toEqual([]);
  });

  test("answers more changes than fit into one request in order, each on its own", async () => {
    const { schedules } = fixture().ports;
    const rows = many(60, (i) => aSchedule(`s${i}`));
    await schedules.create(rows.filter((_, i) => i % 5 !== 0));
    const answers = await schedules.change(
      rows.map((row) => replaceRow(row, { ...row, nextFireAt: 120_000 })),
    );
    expect(answers).toEqual(rows.map((_, i) => i % 5 !== 0));
  });

  test("accepts one of two concurrent advances", async () => {
    const { schedules } = fixture().ports;
    const row = aSchedule("raced");
    await schedules.create([row]);
    const advance = [replaceRow(row, { ...row, nextFireAt: 120_000, lastFiredAt: 60_000 })];
    const answers = await Promise.all([schedules.change(advance), schedules.change(advance)]);
    expect(answers.flat().sort()).toEqual([false, true]);
  });
};
