import { newRun } from "../../core/runs/new-run.ts";
import { type Run, type Running, type RunState, runSchema } from "../../core/runs/run.ts";
import { settle } from "../../core/runs/settle.ts";
import { schedulePolicy } from "../../core/schedules/policy.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Page } from "../../ports/index.ts";

/** Rows for the tests of the ports. */

export const job = "contract";

export const aRun = (key: string, now: number, more: Partial<Run> = {}): Run =>
  rowOf({ ...newRun({ job, key, lane: "normal", input: '{"n":1}', dueAt: now, now }), ...more });

/** A row with every attribute that its state may have. */
export const inState = (state: RunState, key: string, now: number, more: Partial<Run> = {}): Run => {
  const ended = { endedAt: now, ttl: inSeconds(now) + 3_600 };
  return rowOf({
    ...aRun(key, now),
    schedule: "nightly",
    tenant: "acme",
    tags: ["a", "ü"],
    chainDepth: 2,
    trace: "t-1",
    expiresAt: now,
    error: { name: "Error", message: "no 🚂 today" },
    token: "former",
    startedAt: now,
    claimCount: 3,
    claimCountAtStart: 1,
    failedAttempts: 1,
    resendCount: 4,
    ...ended,
    reason: "because",
    diedAt: now,
    deadKey: "contract#0",
    deadSort: "f#2026-01-01T00:00:00.000Z",
    result: '"done"',
    state,
    ...more,
  });
};

const rowOf = (row: object): Run => runSchema.parse(row);

export const inSeconds = (ms: number): number => Math.ceil(ms / 1_000);

export const many = <One>(count: number, make: (index: number) => One): readonly One[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const aClaim = (run: Run, now: number, token: string) => ({
  id: run.id,
  generation: run.generation,
  token,
  now,
  leaseUntil: now + 60_000,
});

export const success = (run: Running, now: number) =>
  settle(run, { kind: "succeeded", result: { ok: true } }, now, "hide");

export const aSchedule = (name: string, more: Partial<ScheduleRow> = {}): ScheduleRow => ({
  name,
  version: 1,
  source: "code",
  state: "active",
  job,
  lane: "normal",
  rule: { text: "every 1 minute" },
  policy: schedulePolicy(),
  input: '{"n":1}',
  inputHash: "hash",
  nextFireAt: 60_000,
  ...more,
});

/** A row with every attribute that a schedule may have. */
export const fullSchedule = (name: string): ScheduleRow => ({
  ...aSchedule(name, { source: "runtime", state: "paused", pauseReason: "no 🚂 today", pausedUntil: 90_000 }),
  lastFiredAt: 30_000,
  rule: {
    text: "0 3 * * *",
    zone: "Europe/Madrid",
    dst: { gap: "skip", overlap: "both" },
    start: 1_000,
    end: 99_000,
  },
  policy: schedulePolicy({ jitter: "30 seconds", pauseAfterDeaths: 3, minInterval: "1 hour" }),
});

export const withoutNext = ({ nextFireAt, ...rest }: ScheduleRow): ScheduleRow => rest;

/** Read all pages of a list. */
export const allPages = async (
  read: (after: { readonly after?: string }) => Promise<Page>,
): Promise<readonly (readonly string[])[]> => {
  const pages: (readonly string[])[] = [];
  let after: string | undefined;
  do {
    const page = await read(after === undefined ? {} : { after });
    pages.push(page.ids);
    after = page.next;
  } while (after !== undefined && pages.length < 100);
  return pages;
};
