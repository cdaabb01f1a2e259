import { expect, test } from "@jest/globals";
import type { Change } from "../../core/runs/change.ts";
import { requeue } from "../../core/runs/requeue.ts";
import type { Run } from "../../core/runs/run.ts";
import { settle } from "../../core/runs/settle.ts";
import { postponeCheck, unpark, unwatch, watch } from "../../core/runs/watch.ts";
import { dueShards, shardOf } from "../../core/shard.ts";
import { ours } from "./claims.ts";
import type { GetFixture } from "./fixture.ts";
import { aClaim, aRun, inSeconds, inState, many, success } from "./rows.ts";

const tenMinutesMs = 600_000;

export const changes = (outside: GetFixture): void => {
  const create = async (run: Run): Promise<Run> => {
    await outside().ports.runs.create([run]);
    return run;
  };

  const read = async (run: Run): Promise<Run | undefined> =>
    (await outside().ports.runs.read([run.id])).get(run.id);

  const isDue = async (list: "park" | "sweep", run: Run): Promise<boolean> => {
    const query = { shard: shardOf(run.id, dueShards), until: Number.MAX_SAFE_INTEGER, limit: 10 };
    return (await outside().ports.runs.due(list, query)).ids.includes(run.id);
  };

  test("sets what it says and leaves the rest", async () => {
    const { clock, runs } = outside().ports;
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
    const { clock, runs } = outside().ports;
    const run = await create(inState("running", "when", clock.now(), { generation: 2 }));
    const answer = await runs.change([{ id: run.id, when, set: { resendCount: 7 } }]);
    expect(answer).toEqual([{ changed: false, now: run }]);
    expect(await read(run)).toEqual(run);
  });

  test("holds when every attribute is as it says", async () => {
    const { clock, runs } = outside().ports;
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

  test("never makes a row", async () => {
    const { clock, runs } = outside().ports;
    const run = aRun("none", clock.now());
    expect(await runs.change([watch(run, clock.now())])).toEqual([{ changed: false, now: undefined }]);
    expect(await read(run)).toBeUndefined();
  });

  test("a settle made twice is refused the second time, and the row carries its token", async () => {
    const { clock, runs } = outside().ports;
    const now = clock.now();
    const run = await create(aRun("settled", now));
    const running = ours(await runs.claim([aClaim(run, now, "mine")]));
    expect(await runs.change([success(running, now)])).toEqual([{ changed: true }]);
    const [again] = await runs.change([success(running, now)]);
    expect(again).toMatchObject({
      changed: false,
      now: { state: "succeeded", token: "mine", result: '{"ok":true}' },
    });
  });

  test("a queued run is enrolled once, moved by who saw it last, and leaves", async () => {
    const { clock, runs } = outside().ports;
    const now = clock.now();
    const run = await create(aRun("enrolled", now));
    expect(await runs.change([watch(run, now)])).toEqual([{ changed: true }]);
    expect(await runs.change([watch(run, now)])).toMatchObject([{ changed: false }]);
    const enrolled = (await read(run)) ?? run;
    expect(await runs.change([postponeCheck(enrolled, now + 1, { resendCount: 1 })])).toEqual([
      { changed: true },
    ]);
    expect(await runs.change([postponeCheck(enrolled, now + 2)])).toMatchObject([{ changed: false }]);
    expect(await isDue("sweep", run)).toBe(true);
    const pushed = (await read(run)) ?? run;
    expect(await runs.change([unwatch(enrolled)])).toMatchObject([{ changed: false }]);
    expect(await runs.change([unwatch(pushed)])).toEqual([{ changed: true }]);
    expect(await isDue("sweep", run)).toBe(false);
    expect(await runs.change([unwatch(pushed)])).toMatchObject([{ changed: false }]);
  });

  test("a parked run goes over to the sweeper, and its end takes it out of every list", async () => {
    const { clock, runs } = outside().ports;
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
    const running = ours(await runs.claim([aClaim(run, now, "mine")]));
    expect(await isDue("sweep", run)).toBe(true);
    await runs.change([success(running, now)]);
    expect(await isDue("sweep", run)).toBe(false);
  });

  test("a retry that parks is in the list of the parked at its instant", async () => {
    const { clock, runs } = outside().ports;
    const now = clock.now();
    const run = await create(aRun("later", now));
    const running = ours(await runs.claim([aClaim(run, now, "mine")]));
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

  test("more changes than one request takes are answered in order, each by itself", async () => {
    const { clock, runs } = outside().ports;
    const rows = many(60, (i) => aRun(`r${i}`, clock.now()));
    await runs.create(rows.filter((_, i) => i % 5 !== 0));
    const answers = await runs.change(rows.map((run) => watch(run, clock.now())));
    expect(answers).toEqual(
      rows.map((_, i) => (i % 5 === 0 ? { changed: false, now: undefined } : { changed: true })),
    );
  });

  test("a text that was cut within a character harms nobody", async () => {
    const { clock, runs } = outside().ports;
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

  test("a run that is revived is not deleted when its former end would have been", async () => {
    const { ports, advance } = outside();
    const now = ports.clock.now();
    const run = await create(
      inState("cancelled", "revived", now, { skippedBySchedule: true, ttl: inSeconds(now) + 1 }),
    );
    expect(await ports.runs.change([requeue(run, now)])).toEqual([{ changed: true }]);
    await advance(2_100);
    expect(await read(run)).toMatchObject({ state: "queued", generation: run.generation + 1 });
  });
};
