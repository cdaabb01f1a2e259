import { expect, test } from "@jest/globals";
import { retryDead } from "../../core/runs/requeue.ts";
import type { Run } from "../../core/runs/run.ts";
import { deadKey, deadSortOf } from "../../core/shard.ts";
import type { DeadQuery } from "../../ports/index.ts";
import type { GetFixture } from "./fixture.ts";
import { inState, job, many } from "./rows.ts";

const start = Date.UTC(2026, 0, 1);

/** Dead runs of shard 2 that died one millisecond after another. */
const deadRows = (fingerprint: string, count: number): readonly Run[] =>
  many(count, (i) =>
    inState("dead", `${fingerprint}${i}`, start + i, {
      generation: 2,
      ttl: Math.floor(Date.now() / 1_000) + 3_600,
      deadKey: deadKey(job, 2),
      deadSort: deadSortOf(fingerprint, start + i),
    }),
  );

const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] => rows.map(({ id }) => id);

export const deadRuns = (fixture: GetFixture): void => {
  const query = { job, shard: 2, limit: 100 };
  const create = async () => {
    const [a, b, c] = [deadRows("aaa", 7), deadRows("bbb", 3), deadRows("ccc", 1)] as const;
    await fixture().ports.runs.create([...c, ...a.toReversed(), ...b]);
    return { a, b, c };
  };

  test("lists dead runs by fingerprint and then by death, each entry with both", async () => {
    const { a, b, c } = await create();
    const { entries, next } = await fixture().ports.runs.dead(query);
    expect(idsOf(entries)).toEqual(idsOf([...a, ...b, ...c]));
    expect(entries[7]).toEqual({ id: b[0]?.id, fingerprint: "bbb", diedAt: start });
    expect(next).toBeUndefined();
  });

  test("finds the runs with one fingerprint, from an instant on and newest first", async () => {
    const { runs } = fixture().ports;
    const { a } = await create();
    const ids = async (more: Partial<DeadQuery>) =>
      idsOf((await runs.dead({ ...query, fingerprint: "aaa", ...more })).entries);
    expect(await ids({})).toEqual(idsOf(a));
    expect(await ids({ from: start + 5 })).toEqual(idsOf(a.slice(5)));
    expect(await ids({ newestFirst: true, limit: 2 })).toEqual(idsOf(a.slice(-2).toReversed()));
    expect(await ids({ fingerprint: "aa" })).toEqual([]);
  });

  test("finds the next fingerprint without reading the runs of the previous one", async () => {
    const { runs } = fixture().ports;
    await create();
    const found: string[] = [];
    for (let after: string | undefined; found.length < 9; after = found.at(-1)) {
      const { entries } = await runs.dead({ ...query, limit: 1, afterFingerprint: after });
      if (!entries[0]) break;
      found.push(entries[0].fingerprint);
    }
    expect(found).toEqual(["aaa", "bbb", "ccc"]);
  });

  test("answers every run once over several pages, although earlier runs leave between them", async () => {
    const { runs } = fixture().ports;
    const { a, b, c } = await create();
    const all = [...a, ...b, ...c];
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await runs.dead({ ...query, limit: 3, after });
      seen.push(...idsOf(page.entries));
      const read = [...(await runs.read(idsOf(page.entries))).values()];
      const changes = read.flatMap((run) => (run.state === "dead" ? [retryDead(run, start)] : []));
      await runs.change(changes);
      after = page.next;
    } while (after !== undefined && seen.length < 99);
    expect(seen).toEqual(idsOf(all));
    expect((await runs.dead(query)).entries).toEqual([]);
    expect((await runs.read(idsOf(all))).get(all[0]?.id ?? "")?.state).toBe("queued");
  });

  test("omits other shards and jobs", async () => {
    const { runs } = fixture().ports;
    await create();
    expect((await runs.dead({ ...query, shard: 1 })).entries).toEqual([]);
    expect((await runs.dead({ ...query, job: "contrac" })).entries).toEqual([]);
  });

  test("omits a run whose next generation was claimed", async () => {
    const { runs } = fixture().ports;
    const { c } = await create();
    const [run] = c;
    if (!run) throw new Error("no run");
    const now = start + 1_000;
    await runs.claim([{ id: run.id, generation: run.generation, token: "t", now, leaseUntil: now + 60_000 }]);
    const { entries } = await runs.dead({ ...query, fingerprint: "ccc" });
    expect(entries).toEqual([]);
  });
};
