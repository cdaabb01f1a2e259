import { expect, test } from "@jest/globals";
import type { Run } from "../../core/runs/run.ts";
import { unwatch } from "../../core/runs/watch.ts";
import { type DueList, timerListKey } from "../../core/shard.ts";
import type { GetFixture } from "./fixture.ts";
import { allPages, aRun, many } from "./rows.ts";

const now = 1_000_000;

/** Rows that are due at consecutive instants, all in shard 3. */
const dueRows = (list: DueList, count: number, first: number): readonly Run[] =>
  many(count, (i) => aRun(`${list}${i}`, now, { timerKey: timerListKey(list, 3), timerAt: first + i }));

const idsOf = (rows: readonly Run[]): readonly string[] => rows.map(({ id }) => id);

export const dueLists = (fixture: GetFixture): void => {
  test("answers everything that is due up to an instant, however old, and nothing later", async () => {
    const { runs } = fixture().ports;
    const rows = dueRows("park", 6, now);
    const oldest = aRun("oldest", now, { timerKey: timerListKey("park", 3), timerAt: 0 });
    await runs.create([...rows, oldest]);
    const page = await runs.due("park", { shard: 3, until: now + 2, limit: 100 });
    expect(page).toEqual({ ids: [oldest.id, ...idsOf(rows.slice(0, 3))] });
  });

  test("keeps lists and shards apart", async () => {
    const { runs } = fixture().ports;
    const [park, sweep] = [dueRows("park", 2, now), dueRows("sweep", 3, now)];
    await runs.create([...park, ...sweep]);
    const query = { shard: 3, until: now + 100, limit: 100 };
    expect((await runs.due("park", query)).ids).toEqual(idsOf(park));
    expect((await runs.due("sweep", query)).ids).toEqual(idsOf(sweep));
    expect((await runs.due("sweep", { ...query, shard: 4 })).ids).toEqual([]);
  });

  test("answers every entry once over several pages, the longest due first", async () => {
    const { runs } = fixture().ports;
    const rows = dueRows("sweep", 20, now);
    await runs.create(rows.toReversed());
    const query = { shard: 3, until: now + 100, limit: 6 };
    const pages = await allPages((after) => runs.due("sweep", { ...query, ...after }));
    expect(pages.flat()).toEqual(idsOf(rows));
    expect(pages.slice(0, 3).map((page) => page.length)).toEqual([6, 6, 6]);
  });

  test("skips no entry when earlier ones leave between two pages", async () => {
    const { runs } = fixture().ports;
    const rows = dueRows("park", 12, now);
    await runs.create(rows);
    const seen: string[] = [];
    await allPages(async (after) => {
      const page = await runs.due("park", { shard: 3, until: now + 100, limit: 4, ...after });
      seen.push(...page.ids);
      await runs.change(rows.filter(({ id }) => page.ids.includes(id)).map(unwatch));
      return page;
    });
    expect(seen).toEqual(idsOf(rows));
    expect((await runs.due("park", { shard: 3, until: now + 100, limit: 4 })).ids).toEqual([]);
  });
};
