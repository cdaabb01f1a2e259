import { expect, test } from "@jest/globals";
import type { RunState } from "../../core/runs/run.ts";
import type { GetFixture } from "./fixture.ts";
import { aRun, inSeconds, inState, many } from "./rows.ts";

const states: readonly RunState[] = [
  ...(["queued", "parked", "retry", "running", "succeeded", "dead", "cancelled", "expired"] as const),
];

export const creates = (outside: GetFixture): void => {
  test.each(states)("a row in state %s comes back as it was written", async (state) => {
    const { clock, runs } = outside().ports;
    const run = inState(state, "row", clock.now());
    expect(await runs.create([run])).toEqual([{ created: true }]);
    expect(await runs.read([run.id])).toEqual(new Map([[run.id, run]]));
  });

  test("a row that exists is answered and left alone", async () => {
    const { clock, runs } = outside().ports;
    const first = aRun("twice", clock.now());
    const second = aRun("twice", clock.now() + 1, { inputHash: "another" });
    await runs.create([first]);
    expect(await runs.create([second])).toEqual([{ created: false, existing: first }]);
    expect(await runs.read([first.id])).toEqual(new Map([[first.id, first]]));
  });

  test("of many callers with one key, one creates", async () => {
    const { clock, runs } = outside().ports;
    const run = aRun("raced", clock.now());
    const answers = await Promise.all(many(5, () => runs.create([run])));
    expect(answers.flat().filter(({ created }) => created)).toHaveLength(1);
  });

  test("more rows than one request takes are answered in order, each by itself", async () => {
    const { clock, runs } = outside().ports;
    const rows = many(60, (i) => aRun(`r${i}`, clock.now()));
    const taken = rows.filter((_, i) => i % 7 === 0);
    await runs.create(taken);
    const answers = await runs.create(rows);
    expect(answers).toEqual(
      rows.map((run, i) => (i % 7 === 0 ? { created: false, existing: run } : { created: true })),
    );
    expect((await runs.read(rows.map(({ id }) => id))).size).toBe(60);
  });

  test("more rows than one request reads are found, and what is not there is not", async () => {
    const { clock, runs } = outside().ports;
    const rows = many(130, (i) => aRun(`r${i}`, clock.now()));
    await runs.create(rows);
    const found = await runs.read(["contract:none", ...rows.map(({ id }) => id)]);
    expect(found).toEqual(new Map(rows.map((run) => [run.id, run])));
  });

  test("nothing asked is nothing answered", async () => {
    const { runs } = outside().ports;
    const answers = [await runs.create([]), await runs.claim([]), await runs.change([])];
    expect(answers).toEqual([[], [], []]);
    expect(await runs.read([])).toEqual(new Map());
  });

  test("a row past its TTL is absent, whether or not it has been deleted", async () => {
    const { clock, runs } = outside().ports;
    const now = clock.now();
    const past = inState("succeeded", "past", now, { ttl: inSeconds(now) - 10 });
    const present = inState("succeeded", "present", now, { ttl: inSeconds(now) + 60 });
    await runs.create([past, present]);
    expect(await runs.read([past.id, present.id])).toEqual(new Map([[present.id, present]]));
    const claim = { id: past.id, generation: 1, token: "t", now, leaseUntil: now + 1_000 };
    expect(await runs.claim([claim])).toEqual([{ refused: undefined }]);
  });

  test("the place of a row past its TTL is free", async () => {
    const { clock, runs } = outside().ports;
    const now = clock.now();
    await runs.create([inState("succeeded", "again", now, { ttl: inSeconds(now) - 10 })]);
    const fresh = aRun("again", now);
    expect(await runs.create([fresh])).toEqual([{ created: true }]);
    expect(await runs.create([fresh])).toEqual([{ created: false, existing: fresh }]);
    expect(await runs.read([fresh.id])).toEqual(new Map([[fresh.id, fresh]]));
  });
};
