import { expect, test } from "@jest/globals";
import type { Change } from "../../core/runs/change.ts";
import { requeue } from "../../core/runs/requeue.ts";
import type { Run } from "../../core/runs/run.ts";
import { settle } from "../../core/runs/settle.ts";
import { postponeCheck, unpark, unwatch, watch } from "../../core/runs/watch.ts";
import { dueShards, shardOf } from "../../core/shard.ts";
import { claimedRun } from "./claims.ts";
import type { GetFixture } from "./fixture.ts";
import { aClaim, aRun, inSeconds, inState, many, success } from "./rows.ts";

const tenMinutesMs = 600_000;

export const changes = (fixture: GetFixture): void => {
  const create = async (run: Run): Promise<Run> => {
    await fixture().ports.runs.create([run]);
    return run;
  };

  const read = async (run: Run): Promise<Run | undefined> =>
    (await fixture().ports.runs.read([run.id])).get(run.id);

  const isDue = async (list: "park" | "sweep", run: Run): Promise<boolean> => {
    const query = { shard: shardOf(run.id, dueShards), until: Number.MAX_SAFE_INTEGER, limit: 10 };
    return (await fixture().ports.runs.due(list, query)).ids.includes(run.id);
  };

  test("sets the given attributes and leaves the others", async () => {
    const { clock, runs } = fixture().ports;
    const run = await create(aRun("set", clock.now(), { tenant: "acme" }));
    const error = { name: "Error", message: "no 🚂 today" };
    const change: Change = { id: run.id, when: { state: "queued" }, set: { resendCount: 7, error } };
    expect(await runs.change([change])).toEqual([{ changed: true }]);
    expect(await read(run)).toEqual({ ...run, resendCount: 7, error });
  });

  test.each<[string, Change["when"]]>([
    ["another text", { state: "queued", token: "former", generation: 2, timerKey: undefined }],
    ["another number", { state: "running", token: "former", generation: 3, timerKey: undefined }],
    ["a value where none is wanted", { state: "running", token: "former", generation: 2, tenant: undefined }],
    [
      "nothing where a value is wanted",
      { state: "running", token: "former", generation: 2, timerKey: "sweep#1" },
    ],
  ])("is refused for %s, with the row as it is", async (_, when) => {
    const { clock, runs } = fixture().ports;
    const run = await create(inState("running", "when", clock.now(), { generation: 2 }));
    const answer = await runs.change([{ id: run.id, when, set: { resendCount: 7 } }]);
    expect(answer).toEqual([{ changed: false, now: run }]);
    expect(await read(run)).toEqual(run);
  });

  test("is applied when all of its conditions hold", async () => {
    const { clock, runs } = fixture().ports;
    const run = await create(inState("running", "when", clock.now()));
    const when = {
      state: run.state,
      token: "former",
      availableAt: run.availableAt,
      claimCount: 3,
      timerKey: undefined,
    };
    expect(await runs.change([{ id: run.id, when, set: { resendCount: 7 } }])).toEqual([{ changed: true }]);
  });

  test("creates no row for an unknown run", async () => {
    const { clock, runs } = fixture().ports;
    const run = aRun("none", clock.now());
    expect(await runs.change([watch(run, clock.now())])).toEqual([{ changed: false, now: undefined }]);
    expect(await read(run)).toBeUndefined();
  });

  test("refuses a repeated settle, and answers the row with its token", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const run = await create(aRun("settled", now));
    const running = claimedRun(await runs.claim([aClaim(run, now, "mine")]));
    expect(await runs.change([success(running, now)])).toEqual([{ changed: true }]);
    const [again] = await runs.change([success(running, now)]);
    expect(again).toMatchObject({
      changed: false,
      now: { state: "succeeded", token: "mine", result: '{"ok":true}' },
    });
  });

  test("watches a queued run once, postpones its check from the latest entry only, and unwatches it", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const run = await create(aRun("watched", now));
    expect(await runs.change([watch(run, now)])).toEqual([{ changed: true }]);
    expect(await runs.change([watch(run, now)])).toMatchObject([{ changed: false }]);
    const watched = (await read(run)) ?? run;
    expect(await runs.change([postponeCheck(watched, now + 1, { resendCount: 1 })])).toEqual([
      { changed: true },
    ]);
    expect(await runs.change([postponeCheck(watched, now + 2)])).toMatchObject([{ changed: false }]);
    expect(await isDue("sweep", run)).toBe(true);
    const postponed = (await read(run)) ?? run;
    expect(await runs.change([unwatch(watched)])).toMatchObject([{ changed: false }]);
    expect(await runs.change([unwatch(postponed)])).toEqual([{ changed: true }]);
    expect(await isDue("sweep", run)).toBe(false);
    expect(await runs.change([unwatch(postponed)])).toMatchObject([{ changed: false }]);
  });

  test("moves a parked run to the sweeper's list, and removes it from every list at its end", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const run = await create(
      inState("parked", "parked", now, {
        timerKey: `park#${shardOf("contract:parked", dueShards)}`,
        timerAt: now,
      }),
    );
    expect(await isDue("park", run)).toBe(true);
    await runs.change([unpark(run, now)]);
    expect([await isDue("park", run), await isDue("sweep", run)]).toEqual([false, true]);
    const running = claimedRun(await runs.claim([aClaim(run, now, "mine")]));
    expect(await isDue("sweep", run)).toBe(true);
    await runs.change([success(running, now)]);
    expect(await isDue("sweep", run)).toBe(false);
  });

  test("lists a parked retry at its instant", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const run = await create(aRun("later", now));
    const running = claimedRun(await runs.claim([aClaim(run, now, "mine")]));
    const verdict = { kind: "retry", at: now + tenMinutesMs, error: { name: "Error", message: "" } } as const;
    await runs.change([settle(running, verdict, now, "park")]);
    expect(await read(run)).toMatchObject({
      state: "parked",
      availableAt: verdict.at,
      timerAt: verdict.at,
      failedAttempts: 1,
    });
    expect(await isDue("park", run)).toBe(true);
  });

  test("answers more changes than fit into one request in order, each on its own", async () => {
    const { clock, runs } = fixture().ports;
    const rows = many(60, (i) => aRun(`r${i}`, clock.now()));
    await runs.create(rows.filter((_, i) => i % 5 !== 0));
    const answers = await runs.change(rows.map((run) => watch(run, clock.now())));
    expect(answers).toEqual(
      rows.map((_, i) => (i % 5 === 0 ? { changed: false, now: undefined } : { changed: true })),
    );
  });

  test("accepts a text that was truncated within a character, beside other changes", async () => {
    const { clock, runs } = fixture().ports;
    const [cut, whole] = many(2, (i) => aRun(`r${i}`, clock.now()));
    if (!cut || !whole) throw new Error("two runs");
    await runs.create([cut, whole]);
    const error = { name: "Error", message: "🚂".slice(0, 1) };
    const answers = await runs.change([
      { id: cut.id, when: {}, set: { error } },
      { id: whole.id, when: {}, set: { resendCount: 1 } },
    ]);
    expect(answers).toEqual([{ changed: true }, { changed: true }]);
  });

  test("keeps a requeued run beyond the TTL of its earlier end", async () => {
    const { ports, advance } = fixture();
    const now = ports.clock.now();
    const run = await create(
      inState("cancelled", "requeued", now, { skippedBySchedule: true, ttl: inSeconds(now) + 1 }),
    );
    expect(await ports.runs.change([requeue(run, now)])).toEqual([{ changed: true }]);
    await advance(2_100);
    expect(await read(run)).toMatchObject({ state: "queued", generation: run.generation + 1 });
  });
};
