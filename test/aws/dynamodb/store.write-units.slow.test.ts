import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { failedRecord } from "../../../shared/core/runs/attempt-record.ts";
import type { Change, Wait } from "../../../shared/core/runs/change.ts";
import type { Verdict } from "../../../shared/core/runs/decide.ts";
import { newRun } from "../../../shared/core/runs/new-run.ts";
import type { Run, Running } from "../../../shared/core/runs/run.ts";
import { settle } from "../../../shared/core/runs/settle.ts";
import { postponeCheck, unpark, unwatch, watch } from "../../../shared/core/runs/watch.ts";
import { replaceRow } from "../../../shared/core/schedules/schedule-row.ts";
import { noCounts } from "../../../shared/pipeline/worker/metrics-counter.ts";
import type { PortsFixture } from "../../../shared/testing/contract/fixture.ts";
import { aSchedule } from "../../../shared/testing/contract/rows.ts";
import { onEmbeddedServers } from "../../contract/embedded.ts";
import { createStage, fixtureFor } from "../../contract/stage.ts";
import { countWriteUnits } from "./capacity.ts";

/** The price table of ARCHITECTURE.md, in write units, counted from the consumed capacity that DynamoDB reports. */

onEmbeddedServers();

let fixture: PortsFixture;
let since: () => number;

beforeEach(async () => {
  const stage = await createStage();
  ({ since } = countWriteUnits(stage.clients.dynamodb));
  fixture = fixtureFor(stage);
});

afterEach(() => fixture.close());

const now = Date.now();
const error = { name: "Error", message: "no route to host" };
const success: Verdict = { kind: "succeeded", result: { sent: true } };

/** A run of typical size: a job and a key of some length, a tenant, an input of 300 bytes. */
const runFields = (key: string, dueAt = now) => ({
  ...({ job: "send-welcome-email", key, lane: "normal", dueAt, now, tenant: "acme" } as const),
  input: JSON.stringify({ text: "x".repeat(288) }),
});

const create = async (key: string, due?: number): Promise<Run> => {
  const run = newRun(runFields(key, due));
  await fixture.ports.runs.create([run]);
  return run;
};

const claim = async ({ id }: Run, at = now): Promise<Running> => {
  const run = (await fixture.ports.runs.read([id])).get(id);
  const token = fixture.ports.random.id(at);
  const request = { id, generation: run?.generation ?? 0, token, now: at, leaseUntil: at + 30_000 };
  const [answer] = await fixture.ports.runs.claim([request]);
  if (!answer || !("run" in answer)) throw new Error("a claim that is granted");
  return answer.run;
};

const change = async (request: Change): Promise<Run> => {
  expect(await fixture.ports.runs.change([request])).toEqual([{ changed: true }]);
  const run = (await fixture.ports.runs.read([request.id])).get(request.id);
  if (!run) throw new Error("a row that was changed");
  return run;
};

const settleAs = (run: Running, verdict: Verdict, wait: Wait = "hide") =>
  change(settle(run, verdict, now, wait));

test("create 2, claim 1, settle 1: 4 for a run", async () => {
  const run = await create("happy");
  expect(since()).toBe(2);
  const running = await claim(run);
  expect(since()).toBe(1);
  await settleAs(running, success);
  expect(since()).toBe(1);
});

test("the same for each run of a batch", async () => {
  const { runs } = fixture.ports;
  const rows = Array.from({ length: 30 }, (_, i) => newRun(runFields(`batch-${i}`)));
  await runs.create(rows);
  expect(since()).toBe(60);
  const claims = rows.map(({ id }, i) => ({
    id,
    generation: 1,
    token: `token-${i}`,
    now,
    leaseUntil: now + 30_000,
  }));
  const answers = await runs.claim(claims);
  expect(since()).toBe(30);
  const running = answers.flatMap((answer) => ("run" in answer ? [answer.run] : []));
  await runs.change(running.map((run) => settle(run, success, now, "hide")));
  expect(since()).toBe(30);
});

test("adopt 2, settle 1: 3 for a bare message", async () => {
  const row = newRun(runFields("adopted"));
  const run: Running = { ...row, state: "running", claimCount: 1, token: "mine", startedAt: now };
  await fixture.ports.runs.create([run]);
  expect(since()).toBe(2);
  await settleAs(run, success);
  expect(since()).toBe(1);
});

test("a retry adds 2", async () => {
  const running = await claim(await create("retried"));
  since();
  const waiting = await settleAs(running, { kind: "retry", at: now + 5_000, error });
  await claim(waiting, now + 5_000);
  expect(since()).toBe(2);
});

const recordUnits = async (thrown: Error): Promise<number> => {
  const running = await claim(await create(`recorded-${thrown.message.length}`));
  const worker = "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef";
  const outcome = { kind: "threw", error: thrown } as const;
  const record = failedRecord({ ...running, worker }, { outcome, endedAt: now + 1_000 });
  since();
  await fixture.ports.attempts.record(
    record ? [{ runId: running.id, record, ttl: Math.floor(now / 1_000) + 600 }] : [],
  );
  return since();
};

test("the record of a failed attempt: 1 with a stack of five frames and a cause, 4 at the most", async () => {
  const frames = [
    "charge (/var/task/jobs/charge-customer.ts:112:17)",
    "async Object.run (/var/task/jobs/charge.ts:30:3)",
  ];
  const library = "async Client.query (/var/task/node_modules/pg/lib/client.js:545:17)";
  const stack = ["TypeError: fetch failed", ...frames, library, library, library].join("\n    at ");
  const cause = Object.assign(new Error("connect ECONNREFUSED 10.0.0.17:5432"), { stack: "" });
  expect(await recordUnits(Object.assign(new TypeError("fetch failed", { cause }), { stack }))).toBe(1);
  const long = "é🚂x".repeat(2_000);
  const causes = Array.from({ length: 9 }, () =>
    Object.assign(new Error(long), { stack: `\n    at ${long}` }),
  );
  const longest = new AggregateError(causes, long);
  expect(
    await recordUnits(Object.assign(longest, { stack: `\n    at ${"f ".repeat(300)}`.repeat(9) })),
  ).toBeLessThanOrEqual(4);
});

test("a delay over 15 minutes: create 3, unpark 3, claim 1, settle 2: 9 in all", async () => {
  const due = now + 3_600_000;
  const run = await create("delayed", due);
  expect(since()).toBe(3);
  await change(unpark(run, due + 60_000));
  expect(since()).toBe(3);
  const running = await claim(run, due);
  expect(since()).toBe(1);
  await settleAs(running, success);
  expect(since()).toBe(2);
});

test("a retry that parks adds 7: park 2, unpark 3, claim 1, 1 more to settle", async () => {
  const running = await claim(await create("parked"));
  since();
  const at = now + 3_600_000;
  const parked = await settleAs(running, { kind: "retry", at, error }, "park");
  expect(since()).toBe(2);
  await change(unpark(parked, at + 60_000));
  expect(since()).toBe(3);
  const again = await claim(parked, at);
  expect(since()).toBe(1);
  await settleAs(again, success);
  expect(since()).toBe(2);
});

test.each([1, 3])("dead after %i attempts: 3 and 2 per attempt", async (attempts) => {
  let run = await create(`dead-${attempts}`);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const running = await claim(run);
    run = await settleAs(
      running,
      attempt < attempts ? { kind: "retry", at: now, error } : { kind: "dead", reason: "given up", error },
    );
  }
  expect(since()).toBe(3 + 2 * attempts);
});

test("a redrive: claim 3, settle 2", async () => {
  const running = await claim(await create("redriven"));
  const dead = await settleAs(running, { kind: "dead", reason: "given up", error });
  since();
  const again = await claim(dead);
  expect(since()).toBe(3);
  await settleAs(again, success);
  expect(since()).toBe(2);
});

test("the sweeper: watch 2, postpone 3, unwatch 2", async () => {
  const run = await create("swept");
  since();
  const watched = await change(watch(run, now));
  expect(since()).toBe(2);
  const postponed = await change(postponeCheck(watched, now + 60_000, { resendCount: 1 }));
  expect(since()).toBe(3);
  await change(unwatch(postponed));
  expect(since()).toBe(2);
});

test("a refused write costs 1, whatever it asked for", async () => {
  const run = await create("refused");
  since();
  await fixture.ports.runs.create([run]);
  expect(since()).toBe(1);
  const claim = { id: run.id, generation: 2, token: "t", now, leaseUntil: now };
  await fixture.ports.runs.claim([claim]);
  expect(since()).toBe(1);
});

test.each([1, 20, 100])("%i instants of a schedule: 4 per advance, beside their runs", async (k) => {
  const { schedules, ledger } = fixture.ports;
  const at = now - (now % 60_000);
  const row = aSchedule("a-report-of-some-length", { nextFireAt: at });
  await schedules.create([row]);
  since();
  const fired = Array.from({ length: k }, (_, i) => at + i * 60_000);
  const entry = { schedule: row.name, at, recordedBy: "dispatcher", recordedAt: now, caughtUp: k } as const;
  await ledger.record([{ ...entry, fired, skipped: [] }]);
  expect(since()).toBe(1);
  expect(await schedules.change([replaceRow(row, { ...row, nextFireAt: at + k * 60_000 })])).toEqual([true]);
  expect(since()).toBe(3);
});

test("a note of a schedule: 1", async () => {
  const { notes } = fixture.ports;
  await notes.swap("minutely", "running", undefined, "greet:minutely@2026-01-01T00:00:00Z");
  expect(since()).toBe(1);
});

test("metrics: 1 per batch, so 0.1 for each of ten runs", async () => {
  const { metrics } = fixture.ports;
  await metrics.save(30_000_000, "normal", { ...noCounts, claimed: 10, succeeded: 10, waitMs: 1_234_567 });
  expect(since()).toBe(1);
  await metrics.save(30_000_000, "normal", { ...noCounts, claimed: 20, succeeded: 20, waitMs: 2_345_678 });
  expect(since()).toBe(1);
});

test("a watermark: 1", async () => {
  await fixture.ports.watermarks.advance("swept", now);
  expect(since()).toBe(1);
});
