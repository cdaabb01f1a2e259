import { expect, test } from "@jest/globals";
import type { RunState } from "../../core/runs/run.ts";
import type { GetFixture } from "./fixture.ts";
import { aRun, inSeconds, inState, many } from "./rows.ts";

const states: readonly RunState[] = [
  ...(["queued", "parked", "retry", "running", "succeeded", "dead", "cancelled", "expired"] as const),
];

export const creates = (fixture: GetFixture): void => {
  test.each(states)("reads a row in state %s as it was written", async (state) => {
    const { clock, runs } = fixture().ports;
    const run = inState(state, "row", clock.now());
    expect(await runs.create([run])).toEqual([{ created: true }]);
    expect(await runs.read([run.id])).toEqual(new Map([[run.id, run]]));
  });

  test("answers an existing row and does not change it", async () => {
    const { clock, runs } = fixture().ports;
    const first = aRun("twice", clock.now());
    const second = aRun("twice", clock.now() + 1, { inputHash: "another" });
    await runs.create([first]);
    expect(await runs.create([second])).toEqual([{ created: false, existing: first }]);
    expect(await runs.read([first.id])).toEqual(new Map([[first.id, first]]));
  });

  test("creates one row for many concurrent inserts of one id", async () => {
    const { clock, runs } = fixture().ports;
    const run = aRun("raced", clock.now());
    const answers = await Promise.all(many(5, () => runs.create([run])));
    expect(answers.flat().filter(({ created }) => created)).toHaveLength(1);
  });

  test("answers more rows than fit into one request in order, each on its own", async () => {
    const { clock, runs } = fixture().ports;
    const rows = many(60, (i) => aRun(`r${i}`, clock.now()));
    const taken = rows.filter((_, i) => i % 7 === 0);
    await runs.create(taken);
    const answers = await runs.create(rows);
    expect(answers).toEqual(
      rows.map((run, i) => (i % 7 === 0 ? { created: false, existing: run } : { created: true })),
    );
    expect((await runs.read(rows.map(({ id }) => id))).size).toBe(60);
  });

  test("reads more rows than fit into one request, and omits unknown ids", async () => {
    const { clock, runs } = fixture().ports;
    const rows = many(130, (i) => aRun(`r${i}`, clock.now()));
    await runs.create(rows);
    const found = await runs.read(["contract:none", ...rows.map(({ id }) => id)]);
    expect(found).toEqual(new Map(rows.map((run) => [run.id, run])));
  });

  test("answers nothing to empty requests", async () => {
    const { runs } = fixture().ports;
    const answers = [await runs.create([]), await runs.claim([]), await runs.change([])];
    expect(answers).toEqual([[], [], []]);
    expect(await runs.read([])).toEqual(new Map());
  });

  test("treats a row past its TTL as absent, whether or not it has been deleted", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const past = inState("succeeded", "past", now, { ttl: inSeconds(now) - 10 });
    const present = inState("succeeded", "present", now, { ttl: inSeconds(now) + 60 });
    await runs.create([past, present]);
    expect(await runs.read([past.id, present.id])).toEqual(new Map([[present.id, present]]));
    const claim = { id: past.id, generation: 1, token: "t", now, leaseUntil: now + 1_000 };
    expect(await runs.claim([claim])).toEqual([{ refused: undefined }]);
  });

  test("replaces a row past its TTL", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    await runs.create([inState("succeeded", "again", now, { ttl: inSeconds(now) - 10 })]);
    const fresh = aRun("again", now);
    expect(await runs.create([fresh])).toEqual([{ created: true }]);
    expect(await runs.create([fresh])).toEqual([{ created: false, existing: fresh }]);
    expect(await runs.read([fresh.id])).toEqual(new Map([[fresh.id, fresh]]));
  });
};
