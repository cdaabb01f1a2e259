import { expect, test } from "@jest/globals";
import type { ScheduleRow } from "../../core/occurrence.ts";
import { dueShards, shardNumbers, shardOf } from "../../core/shard.ts";
import type { TheOutside } from "../contract.ts";
import { allPages, aSchedule, many } from "./rows.ts";

const whenOf = ({ version, nextAt }: ScheduleRow) => ({ version, nextAt });

const without = <Field extends "input" | "nextAt">(
  row: ScheduleRow,
  field: Field,
): Omit<ScheduleRow, Field> => {
  const { [field]: _, ...rest } = row;
  return rest;
};

const isInShard3 = ({ name }: Pick<ScheduleRow, "name">): boolean => shardOf(name, dueShards) === 3;

export const schedules = (outside: TheOutside): void => {
  const due = async (until: number): Promise<readonly string[]> => {
    const shards = await Promise.all(
      shardNumbers(dueShards).map((shard) => outside().ports.schedules.due({ shard, until, limit: 100 })),
    );
    return shards.flatMap(({ ids }) => ids).sort();
  };

  test("a name is taken once, and its row comes back as it was written", async () => {
    const { schedules } = outside().ports;
    const full = aSchedule("full");
    const bare = without(without(aSchedule("bare"), "input") as ScheduleRow, "nextAt");
    expect(await schedules.create([full, bare])).toEqual([true, true]);
    expect(await schedules.create([aSchedule("full", { version: 9 }), aSchedule("new")])).toEqual([
      false,
      true,
    ]);
    expect(await schedules.read(["full", "bare", "none"])).toEqual(
      new Map([
        ["full", full],
        ["bare", bare],
      ]),
    );
  });

  test("all of them are listed, more than one request takes", async () => {
    const { schedules } = outside().ports;
    const rows = many(130, (i) => aSchedule(`s${i}`));
    expect(await schedules.create(rows)).toEqual(rows.map(() => true));
    const all = await schedules.all();
    expect(new Map(all.map((row) => [row.name, row]))).toEqual(new Map(rows.map((row) => [row.name, row])));
    expect(all).toHaveLength(130);
  });

  test("a change replaces the whole row, what is gone included", async () => {
    const { schedules } = outside().ports;
    const row = aSchedule("edited");
    await schedules.create([row]);
    const edited = { ...without(row, "input"), version: 2, rule: "every 2 minutes" };
    expect(await schedules.change([{ row: edited, when: whenOf(row) }])).toEqual([true]);
    expect(await schedules.read(["edited"])).toEqual(new Map([["edited", edited]]));
  });

  test.each([
    ["another version", { version: 2, nextAt: 60_000 }],
    ["another instant", { version: 1, nextAt: 60_001 }],
    ["no instant", { version: 1, nextAt: undefined }],
  ])("a change that expects %s is refused", async (_, when) => {
    const { schedules } = outside().ports;
    const row = aSchedule("fenced");
    await schedules.create([row]);
    expect(await schedules.change([{ row: aSchedule("fenced", { version: 3 }), when }])).toEqual([false]);
    expect(await schedules.read(["fenced"])).toEqual(new Map([["fenced", row]]));
  });

  test("a change makes no row", async () => {
    const { schedules } = outside().ports;
    const row = aSchedule("none");
    expect(await schedules.change([{ row, when: whenOf(row) }])).toEqual([false]);
    expect((await schedules.read(["none"])).size).toBe(0);
    expect(await schedules.all()).toEqual([]);
  });

  test("of two dispatchers that advance it, one does", async () => {
    const { schedules } = outside().ports;
    const row = aSchedule("raced");
    await schedules.create([row]);
    const advance = [{ row: { ...row, nextAt: 120_000 }, when: whenOf(row) }];
    const answers = await Promise.all([schedules.change(advance), schedules.change(advance)]);
    expect(answers.flat().sort()).toEqual([false, true]);
  });

  test("is due from its next instant on, until it is advanced", async () => {
    const { schedules } = outside().ports;
    const row = aSchedule("minutely");
    await schedules.create([row, aSchedule("later", { nextAt: 60_001 })]);
    expect(await due(59_999)).toEqual([]);
    expect(await due(60_000)).toEqual(["minutely"]);
    await schedules.change([{ row: { ...row, nextAt: 120_000 }, when: whenOf(row) }]);
    expect(await due(60_001)).toEqual(["later"]);
    expect(await due(120_000)).toEqual(["later", "minutely"]);
  });

  test.each(["paused", "deleted"] as const)(
    "is not due while it is %s, and again afterwards",
    async (state) => {
      const { schedules } = outside().ports;
      const row = aSchedule("stopped");
      await schedules.create([row]);
      const stopped = { ...row, state, version: 2 };
      expect(await schedules.change([{ row: stopped, when: whenOf(row) }])).toEqual([true]);
      expect(await due(60_000)).toEqual([]);
      expect(await schedules.all()).toEqual([stopped]);
      await schedules.change([{ row: { ...row, version: 3 }, when: whenOf(stopped) }]);
      expect(await due(60_000)).toEqual(["stopped"]);
    },
  );

  test("is not due when no instant is left, and can be given one", async () => {
    const { schedules } = outside().ports;
    const row = aSchedule("once");
    await schedules.create([row]);
    const spent = without(row, "nextAt");
    expect(await schedules.change([{ row: spent, when: whenOf(row) }])).toEqual([true]);
    expect(await due(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(await schedules.change([{ row, when: { version: 1, nextAt: undefined } }])).toEqual([true]);
    expect(await due(60_000)).toEqual(["once"]);
  });

  test("pages of what is due hold every name once, the longest due first", async () => {
    const { schedules } = outside().ports;
    const names = many(200, (i) => `s${i}`).filter((name) => isInShard3({ name }));
    await schedules.create(names.map((name, i) => aSchedule(name, { nextAt: 1_000 + i })));
    const pages = await allPages((after) => schedules.due({ shard: 3, until: 9_000, limit: 4, ...after }));
    expect(pages.flat()).toEqual(names);
    expect(names.length).toBeGreaterThan(8);
  });

  test("no name is passed by when those before it are advanced between two pages", async () => {
    const { schedules } = outside().ports;
    const rows = many(200, (i) => aSchedule(`s${i}`, { nextAt: 1_000 + i })).filter(isInShard3);
    await schedules.create(rows);
    const seen: string[] = [];
    await allPages(async (after) => {
      const page = await schedules.due({ shard: 3, until: 9_000, limit: 4, ...after });
      seen.push(...page.ids);
      const due = rows.filter(({ name }) => page.ids.includes(name));
      await schedules.change(due.map((row) => ({ row: { ...row, nextAt: 60_000 }, when: whenOf(row) })));
      return page;
    });
    expect(seen).toEqual(rows.map(({ name }) => name));
  });
};
