import { expect, test } from "@jest/globals";
import { admits, type Claim, readRefusal } from "../../core/runs/admission.ts";
import { farFuture, type Run, type Running, type RunState, runSchema } from "../../core/runs/run.ts";
import { settle } from "../../core/runs/settle.ts";
import { timerKeyOf } from "../../core/shard.ts";
import type { Claimed } from "../../ports/index.ts";
import type { GetFixture } from "./fixture.ts";
import { aClaim, aRun, inSeconds, inState, many, success } from "./rows.ts";

const states: readonly RunState[] = [
  ...(["queued", "parked", "retry", "running", "succeeded", "dead", "cancelled", "expired"] as const),
];

/** The row that a claim must lead to. A redriven run is also watched by the sweeper. */
const claimed = (run: Run, claim: Claim): Run =>
  runSchema.parse({
    ...run,
    state: "running",
    claimCount: run.claimCount + 1,
    availableAt: claim.leaseUntil,
    token: claim.token,
    startedAt: claim.now,
    resendCount: 0,
    ...(claim.generation > 1 && { timerKey: timerKeyOf("sweep", run.id), timerAt: claim.leaseUntil }),
  });

/** The claimed run. Fails the test when the claim was refused. */
export const claimedRun = ([answer]: readonly Claimed[]): Running => {
  if (answer && "run" in answer) return answer.run;
  throw new Error(`expected a claim to be granted, got ${JSON.stringify(answer)}`);
};

export const claims = (fixture: GetFixture): void => {
  test("grants claims for every state, generation and instant exactly as the claim's condition says", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const availableAts = [0, now - 1, now, now + 1, farFuture];
    const cases = states.flatMap((state) =>
      [1, 2, 3].flatMap((generation) =>
        availableAts.map((availableAt) => ({ state, generation, availableAt })),
      ),
    );
    const rows = cases.map(({ state, availableAt }, i) =>
      inState(state, `c${i}`, now, { generation: 2, availableAt: availableAt }),
    );
    const requests = rows.map((run, i) => ({
      ...aClaim(run, now, `t${i}`),
      generation: cases[i]?.generation ?? 0,
    }));
    await runs.create(rows);
    const expected = rows.map((run, i) => {
      const request = requests[i];
      return request && admits(run, request) ? { run: claimed(run, request) } : { refused: run };
    });
    expect(await runs.claim(requests)).toEqual(expected);
    expect(await runs.read(rows.map(({ id }) => id))).toEqual(
      new Map(
        expected.map((answer) => ("run" in answer ? answer.run : answer.refused)).map((run) => [run.id, run]),
      ),
    );
  });

  test("writes the worker's name to the row", async () => {
    const { clock, runs } = fixture().ports;
    const run = aRun("named", clock.now());
    await runs.create([run]);
    const claim = { ...aClaim(run, clock.now(), "t"), worker: "2026/01/01/[$LATEST]0123" };
    expect(claimedRun(await runs.claim([claim])).worker).toBe(claim.worker);
    expect((await runs.read([run.id])).get(run.id)?.worker).toBe(claim.worker);
  });

  test("refuses an unknown run, and creates no row", async () => {
    const { clock, runs } = fixture().ports;
    const claim = aClaim(aRun("none", clock.now()), clock.now(), "t");
    expect(await runs.claim([claim])).toEqual([{ refused: undefined }]);
    expect((await runs.read([claim.id])).size).toBe(0);
  });

  test("grants one of many concurrent claims, and answers the others with its token", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const run = aRun("raced", now);
    await runs.create([run]);
    const answers = await Promise.all(many(6, (i) => runs.claim([aClaim(run, now, `t${i}`)])));
    const granted = answers.flat().flatMap((answer) => ("run" in answer ? [answer.run.token] : []));
    const refused = answers.flat().flatMap((answer) => ("run" in answer ? [] : [answer.refused?.token]));
    expect(granted).toHaveLength(1);
    expect(refused).toEqual(many(5, () => granted[0]));
  });

  test("refuses a repeated claim, and answers the row with its token", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const run = aRun("lost", now);
    const claim = aClaim(run, now, "mine");
    await runs.create([run]);
    await runs.claim([claim]);
    const [again] = await runs.claim([claim]);
    const refused = again && "refused" in again ? again.refused : undefined;
    expect(readRefusal(refused, claim)).toEqual({ kind: "ours" });
    expect(refused?.claimCount).toBe(1);
  });

  test("refuses other claims until the very end of the lease", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const run = aRun("leased", now);
    await runs.create([run]);
    const first = claimedRun(await runs.claim([aClaim(run, now, "first")]));
    const early = await runs.claim([aClaim(run, first.availableAt - 1, "early")]);
    expect(early).toEqual([{ refused: first }]);
    const later = claimedRun(await runs.claim([aClaim(run, first.availableAt, "later")]));
    expect(later).toMatchObject({ token: "later", claimCount: 2 });
  });

  test("refuses writes of a worker that has lost its lease", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const run = aRun("zombie", now);
    await runs.create([run]);
    const zombie = claimedRun(await runs.claim([aClaim(run, now, "zombie")]));
    const owner = claimedRun(await runs.claim([aClaim(run, zombie.availableAt, "owner")]));
    expect(await runs.change([success(zombie, now)])).toEqual([{ changed: false, now: owner }]);
    expect(await runs.read([run.id])).toEqual(new Map([[run.id, owner]]));
    expect(await runs.change([success(owner, now)])).toEqual([{ changed: true }]);
  });

  test("grants one claim of the next generation after a death", async () => {
    const { clock, runs } = fixture().ports;
    const now = clock.now();
    const run = aRun("redriven", now);
    await runs.create([run]);
    const first = claimedRun(await runs.claim([aClaim(run, now, "first")]));
    await runs.change([settle(first, { kind: "dead", reason: "broken" }, now, "hide")]);
    const [stale] = await runs.claim([aClaim(run, now, "stale")]);
    expect(stale).toMatchObject({ refused: { state: "dead", generation: 2 } });
    const next = { ...aClaim(run, now, "next"), generation: 2 };
    expect(claimedRun(await runs.claim([next]))).toMatchObject({
      state: "running",
      generation: 2,
      claimCount: 2,
      claimCountAtStart: 1,
    });
    const [second] = await runs.claim([{ ...next, token: "copy" }]);
    expect(second).toMatchObject({ refused: { token: "next" } });
  });

  test("keeps a redriven run beyond the TTL of its death", async () => {
    const { ports, advance } = fixture();
    const { clock, runs } = ports;
    const now = clock.now();
    const run = inState("dead", "lazarus", now, { generation: 2, availableAt: 0, ttl: inSeconds(now) + 1 });
    await runs.create([run]);
    const alive = claimedRun(await runs.claim([aClaim(run, now, "alive")]));
    await advance(2_100);
    expect(await runs.read([run.id])).toEqual(new Map([[run.id, alive]]));
  });
};
