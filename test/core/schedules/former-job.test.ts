import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Run } from "../../../shared/core/runs/run.ts";
import {
  dispositionOf,
  formerJobsAfter,
  formerJobsAt,
  formerJobsFrom,
  hasTaken,
  isBeingDecided,
  jobChangeReason,
  mayHaveRun,
  takenEntry,
  takenReason,
} from "../../../shared/core/schedules/former-job.ts";
import { type ScheduleRow, scheduleRowSchema } from "../../../shared/core/schedules/schedule-row.ts";
import { anyRun, now, runIn } from "../runs/any-run.ts";
import { ledgerEntry, scheduleRow } from "./any-schedule.ts";
import { hour } from "./dispatching.ts";

const day = 24 * hour;
const former = (job: string, more: object = {}) => ({
  job,
  plannedTo: now + hour,
  checkedTo: now + hour + day,
  changedAt: now,
  version: 1,
  ...more,
});

describe("the former jobs of a schedule after a change", () => {
  const row = scheduleRow({ job: "greet", nextFireAt: now + hour });
  const jobsAfter = (before: ScheduleRow, job: string, isSameRule = true, at = now) =>
    formerJobsAfter(before, job, { now: at, isSameRule });

  test.each<[string, ScheduleRow, string, boolean, object]>([
    ["are none when it keeps its job", row, "greet", true, {}],
    ["have the job that it had", row, "bill", true, { formerJobs: [former("greet")] }],
    [
      "know nothing of what was planned when it gets another rule too",
      row,
      "bill",
      false,
      { formerJobs: [{ job: "greet", checkedTo: now + hour + day, changedAt: now, version: 1 }] },
    ],
    [
      "are checked for from now on when nothing more was due",
      scheduleRow({ nextFireAt: undefined }),
      "bill",
      true,
      { formerJobs: [{ job: "greet", checkedTo: now + day, changedAt: now, version: 1 }] },
    ],
    [
      "are checked for from now on when it was due before",
      scheduleRow({ nextFireAt: now - hour }),
      "bill",
      true,
      { formerJobs: [former("greet", { plannedTo: now - hour, checkedTo: now + day })] },
    ],
    [
      "keep those that it had before",
      { ...row, formerJobs: [former("old", { changedAt: now - 1 })] },
      "bill",
      true,
      { formerJobs: [former("old", { changedAt: now - 1 }), former("greet")] },
    ],
    [
      "lack the one that it gets back",
      { ...row, formerJobs: [former("bill")] },
      "bill",
      true,
      { formerJobs: [former("greet")] },
    ],
    [
      "have a job once that it had twice",
      { ...row, formerJobs: [former("greet", { plannedTo: now - hour })] },
      "bill",
      true,
      { formerJobs: [former("greet")] },
    ],
    [
      "forget what was planned by another rule, and keep which jobs there were",
      { ...row, formerJobs: [former("old"), { job: "older", checkedTo: now, changedAt: now, version: 1 }] },
      "greet",
      false,
      {
        formerJobs: [
          { job: "old", checkedTo: now + hour + day, changedAt: now, version: 1 },
          { job: "older", checkedTo: now, changedAt: now, version: 1 },
        ],
      },
    ],
  ])("%s", (_, before, job, isSameRule, expected) => {
    expect(jobsAfter(before, job, isSameRule)).toEqual(expected);
  });

  test("are each of the jobs that it had, without the present one, after any changes", () => {
    const anyChange = fc.record({ job: fc.constantFrom("a", "b", "c", "d"), isSameRule: fc.boolean() });
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 8 }), (changes) => {
        let changed = row;
        for (const [i, { job, isSameRule }] of changes.entries()) {
          const { formerJobs: _, ...rest } = changed;
          changed = scheduleRowSchema.parse({
            ...rest,
            ...jobsAfter(changed, job, isSameRule, now + i),
            job,
          });
        }
        const had = new Set([row.job, ...changes.map(({ job }) => job)]);
        had.delete(changed.job);
        const jobs = (changed.formerJobs ?? []).map(({ job }) => job);
        expect(jobs.toSorted()).toEqual([...had].sort());
      }),
    );
  });
});

describe("the former jobs that later plans check", () => {
  const formerJobs = [former("a", { checkedTo: now + hour }), former("b", { checkedTo: now + 2 * hour })];

  test.each([
    ["all before the first is checked", now + hour - 1, ["a", "b"]],
    ["those that are not checked up to the next instant", now + hour, ["b"]],
    ["none after the last is checked", now + 2 * hour, undefined],
    ["none when nothing is due any more", undefined, undefined],
  ])("are %s", (_, nextFireAt, jobs) => {
    expect(formerJobsFrom({ formerJobs }, nextFireAt).formerJobs?.map(({ job }) => job)).toEqual(jobs);
    expect(formerJobsFrom({}, nextFireAt)).toEqual({});
  });
});

describe("the former jobs that may have run an instant", () => {
  test("are those that the schedule had then, or up to ten seconds before, as clocks differ", () => {
    const formerJobs = [former("a", { changedAt: now }), former("b", { changedAt: now + hour })];
    const jobsAt = (at: number) => formerJobsAt({ formerJobs }, at).map(({ job }) => job);
    expect(jobsAt(now - day)).toEqual(["a", "b"]);
    expect(jobsAt(now + 9_999)).toEqual(["a", "b"]);
    expect(jobsAt(now + 10_000)).toEqual(["b"]);
    expect(jobsAt(now + hour + 10_000)).toEqual([]);
    expect(formerJobsAt({}, now)).toEqual([]);
  });
});

const ended = (reason: string, more: object = {}) =>
  runIn("cancelled", { skippedBySchedule: true, reason, ...more });

/** What a run of a former job says of its instant: whether it took it, and whether its handler may have started. */
const runs: readonly (readonly [string, Run, boolean, boolean])[] = [
  ["is queued", runIn("queued"), false, false],
  ["is parked", runIn("parked"), false, false],
  ["waits for another attempt", runIn("retry", { claimCount: 1 }), true, true],
  ["is queued after a claim", runIn("queued", { claimCount: 1 }), true, true],
  ["is running", runIn("running"), true, true],
  ["has succeeded", runIn("succeeded"), true, true],
  ["is dead", runIn("dead"), true, true],
  ["has expired", runIn("expired"), true, true],
  ["is wanted again", runIn("queued", { generation: 2 }), true, true],
  ["was cancelled by an operator", runIn("cancelled"), true, true],
  ["ended because of the edit", ended(jobChangeReason("daily", "bill"), { jobChanged: true }), false, false],
  [
    "ended because another job ran it",
    ended(takenReason("daily", "bill"), { jobChanged: true }),
    false,
    false,
  ],
  ["was skipped by its schedule for another reason", ended("paused"), true, false],
  [
    "was cancelled with the reason of an edit",
    ended(jobChangeReason("daily", "bill"), { jobChanged: true, skippedBySchedule: false }),
    true,
    true,
  ],
  [
    "was skipped in a later life",
    ended(jobChangeReason("daily", "bill"), { jobChanged: true, generation: 2 }),
    true,
    false,
  ],
];

describe("a run of a former job", () => {
  test.each(runs)("that %s took its instant or not, and may have run or not", (_, run, taken, mayRun) => {
    expect([hasTaken(run), mayHaveRun(run)]).toEqual([taken, mayRun]);
  });

  test.each<[string, Run, boolean]>([
    ["a worker has claimed for the first time", runIn("running", { claimCount: 1 }), true],
    ["no worker has claimed", runIn("queued"), false],
    ["another worker had claimed before", runIn("running", { claimCount: 2 }), false],
    ["is wanted again", runIn("running", { claimCount: 1, generation: 2 }), false],
    ["has recorded its start", runIn("running", { claimCount: 1, recordedStart: 1 }), false],
  ])("that %s is being decided, or not", (_, run, is) => {
    expect(isBeingDecided(run)).toBe(is);
  });

  test("took its instant whenever its handler may have started", () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        if (mayHaveRun(run)) expect(hasTaken(run)).toBe(true);
      }),
    );
  });
});

describe("an instant that is planned again", () => {
  const [waiting, running] = [runIn("queued"), runIn("running")];
  const row = { formerJobs: [former("old", { plannedTo: undefined }), former("greet")] };

  test.each<[string, Parameters<typeof dispositionOf>[1], "fire" | Run | "pass"]>([
    ["was taken by a run of a former job", { at: now, former: [waiting, running], isMade: true }, running],
    ["is fired when the runs of former jobs end", { at: now, former: [waiting], isMade: false }, "fire"],
    ["is fired again when its run is there", { at: now, former: [], isMade: true }, "fire"],
    ["passes when it was planned and no run was made", { at: now, former: [], isMade: false }, "pass"],
    ["is fired when it was not planned before", { at: now + hour, former: [], isMade: false }, "fire"],
  ])("%s", (_, instant, disposition) => {
    expect(dispositionOf(row, instant)).toBe(disposition);
  });

  test("is fired when the schedule has no former jobs", () => {
    expect(dispositionOf({}, { at: now, former: [], isMade: false })).toBe("fire");
  });
});

test("records an instant that a former job's run took as of the last version with that job", () => {
  const row = { name: "daily", version: 3, formerJobs: [former("old"), former("greet", { version: 2 })] };
  const entry = takenEntry(row, now, runIn("running"), now + 5);
  expect(entry).toEqual(ledgerEntry({ job: "greet", version: 2, recordedAt: now + 5, fired: [now] }));
});

test("records an instant that a run took as of the present version when its job is no former job any more", () => {
  const entry = takenEntry({ name: "daily", version: 3 }, now, runIn("running"), now + 5);
  expect(entry).toEqual(ledgerEntry({ job: "greet", version: 3, recordedAt: now + 5, fired: [now] }));
});
