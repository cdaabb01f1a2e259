import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { newRun } from "../../shared/core/runs/new-run.ts";
import { newestFirst } from "../../shared/operations/newest-first.ts";
import { createMemory } from "../../shared/testing/memory.ts";

const allOf = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};

const made = fc.record({ job: fc.constantFrom("a", "b", "c"), at: fc.integer({ min: 0, max: 40 }) });

test("however runs lie in jobs, shards, pages and instants, each is given once, newest first", async () => {
  const property = fc.asyncProperty(
    fc.array(made, { maxLength: 80 }),
    fc.integer({ min: 1, max: 9 }),
    async (all, size) => {
      const { runs } = createMemory().ports;
      const rows = all.map(({ job, at }, i) =>
        newRun({ job, key: `${i}`, lane: "normal", input: undefined, dueAt: at, now: at }),
      );
      await runs.create(rows);
      const given = await allOf(newestFirst(runs, ["a", "b", "c"], { pageSize: size }));
      expect(given.map(({ createdAt }) => createdAt)).toEqual(all.map(({ at }) => at).sort((a, b) => b - a));
      expect(new Set(given.map(({ id }) => id)).size).toBe(all.length);
    },
  );
  await fc.assert(property, { numRuns: 200 });
});

test("of runs created at one instant, those due last come first", async () => {
  const { runs } = createMemory().ports;
  const rows = [1, 3, 2].map((due) =>
    newRun({ job: "a", key: `${due}`, lane: "normal", input: undefined, dueAt: due, now: 0 }),
  );
  await runs.create(rows);
  const given = await allOf(newestFirst(runs, ["a"], { pageSize: 2 }));
  expect(given.map(({ dueAt }) => dueAt)).toEqual([3, 2, 1]);
});

test("a list whose newest rows are gone delays no other list", async () => {
  const { runs } = createMemory().ports;
  const rows = Array.from({ length: 20 }, (_, at) =>
    newRun({ job: "a", key: `${at}`, lane: "normal", input: undefined, dueAt: at, now: at }),
  );
  await runs.create(rows);
  const gone = new Set(rows.slice(10).map(({ id }) => id));
  const read: typeof runs.read = async (ids) => await runs.read(ids.filter((id) => !gone.has(id)));
  const given = await allOf(newestFirst({ ...runs, read }, ["a"], { pageSize: 2 }));
  expect(given.map(({ createdAt }) => createdAt)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
});

test("continues after any run of the list, with ties and with what was created since", async () => {
  const property = fc.asyncProperty(
    fc.array(made, { minLength: 1, maxLength: 60 }),
    fc.nat(59),
    fc.integer({ min: 1, max: 9 }),
    async (all, at, pageSize) => {
      const { runs } = createMemory().ports;
      const toRun = (key: string, { job, at: now }: (typeof all)[number]) =>
        newRun({ job, key, lane: "normal", input: undefined, dueAt: now, now });
      await runs.create(all.map((one, i) => toRun(`${i}`, one)));
      const jobs = ["a", "b", "c"];
      const whole = await allOf(newestFirst(runs, jobs, { pageSize }));
      const after = whole[at % whole.length];
      await runs.create([toRun("since", { job: "a", at: 41 })]);
      const rest = await allOf(newestFirst(runs, jobs, { pageSize, after }));
      expect(rest.map(({ id }) => id)).toEqual(whole.slice((at % whole.length) + 1).map(({ id }) => id));
    },
  );
  await fc.assert(property, { numRuns: 200 });
});
