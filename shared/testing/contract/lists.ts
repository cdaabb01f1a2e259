import { expect, test } from "@jest/globals";
import { listShards, shardNumbers, shardOf } from "../../core/shard.ts";
import type { GetFixture } from "./fixture.ts";
import { allPages, aRun, job, many } from "./rows.ts";

const start = 1_000_000;

export const lists = (fixture: GetFixture): void => {
  /** Runs created at consecutive instants, and the ids of those in a shard, oldest first. */
  const createRuns = async (count: number) => {
    const rows = many(count, (i) => aRun(`r${i}`, start + i));
    await fixture().ports.runs.create(rows);
    const idsOf = (shard: number) =>
      rows.flatMap(({ id }) => (shardOf(id, listShards) === shard ? [id] : []));
    return { rows, idsOf };
  };

  test.each([false, true])(
    "answers every run of a shard once over several pages, in order (newest first: %s)",
    async (newestFirst) => {
      const { runs } = fixture().ports;
      const { idsOf } = await createRuns(40);
      for (const shard of shardNumbers(listShards)) {
        const query = { job, shard, from: 0, until: start + 100, newestFirst, limit: 3 };
        const pages = await allPages((after) => runs.list({ ...query, ...after }));
        expect(pages.flat()).toEqual(newestFirst ? idsOf(shard).toReversed() : idsOf(shard));
        expect(Math.max(...pages.map((page) => page.length))).toBe(3);
      }
    },
  );

  test("answers runs that were created at or after `from`, and before `until`", async () => {
    const { runs } = fixture().ports;
    const { rows, idsOf } = await createRuns(40);
    const [from, until] = [start + 10, start + 30];
    for (const shard of shardNumbers(listShards)) {
      const between = new Set(
        rows.filter((run) => run.createdAt >= from && run.createdAt < until).map(({ id }) => id),
      );
      const page = await runs.list({ job, shard, from, until, limit: 100 });
      expect(page.ids).toEqual(idsOf(shard).filter((id) => between.has(id)));
    }
  });

  test.each([
    ["an instant", start, start],
    ["a span that ends before it begins", start + 5, start],
  ])("finds nothing in %s", async (_, from, until) => {
    const { runs } = fixture().ports;
    await createRuns(8);
    expect(await runs.list({ job, shard: 0, from, until, limit: 10 })).toEqual({ ids: [] });
  });

  test("omits other jobs", async () => {
    const { runs } = fixture().ports;
    await createRuns(8);
    expect((await runs.list({ job: "contrac", shard: 0, from: 0, until: start * 2, limit: 10 })).ids).toEqual(
      [],
    );
  });
};
