import { expect, test } from "@jest/globals";
import { rowAfter } from "../../../shared/core/runs/change.ts";
import { crashesOf, lostLeasesOf } from "../../../shared/core/runs/run.ts";
import { endLease, giveBack } from "../../../shared/core/runs/worker-end.ts";
import { now, running } from "./any-run.ts";

const error = { name: "WorkerEnded", message: "out of memory (512 MB)" };
const run = running({ claimCount: 1, claimCountAtStart: 0, failedAttempts: 0, availableAt: now + 60_000 });

test("gives a run back uncharged: it can be claimed at once, and no lease counts as lost", () => {
  const row = rowAfter(run, giveBack(run, now));
  expect(row).toMatchObject({ state: "queued", availableAt: now, claimCount: 0 });
  expect([lostLeasesOf(row), crashesOf(row)]).toEqual([0, 0]);
});

test("counts a crash when nothing but the run can be the cause", () => {
  const row = rowAfter(run, endLease(run, { error, isProven: true, now }));
  expect(row).toMatchObject({ state: "retry", availableAt: now, error, failedAttempts: 0 });
  expect([lostLeasesOf(row), crashesOf(row)]).toEqual([1, 1]);
});

test("counts no crash when other runs may be the cause, but has the run run alone next", () => {
  const row = rowAfter(run, endLease(run, { error, isProven: false, now }));
  expect([lostLeasesOf(row), crashesOf(row)]).toEqual([1, 0]);
});

test("keeps the claim of a run that is not the cause, and takes a recorded start back", () => {
  const row = rowAfter(run, endLease(run, { isProven: false, now }));
  expect(row).toMatchObject({ state: "retry", availableAt: now, claimCount: 1, failedAttempts: 0 });
  expect(row.error).toBeUndefined();
  const recorded = running({
    claimCount: 2,
    claimCountAtStart: 0,
    failedAttempts: 0,
    crashes: 1,
    recordedStart: 2,
  });
  const innocent = rowAfter(recorded, endLease(recorded, { isProven: false, now }));
  expect([lostLeasesOf(innocent), crashesOf(innocent)]).toEqual([2, 0]);
});

test("counts a crash once when its start was recorded before the handler", () => {
  const recorded = running({
    claimCount: 2,
    claimCountAtStart: 0,
    failedAttempts: 0,
    crashes: 2,
    recordedStart: 2,
  });
  for (const isProven of [true, false])
    expect(crashesOf(rowAfter(recorded, endLease(recorded, { error, isProven, now })))).toBe(2);
});

test("is refused once the run has another owner", () => {
  for (const change of [giveBack(run, now), endLease(run, { error, isProven: true, now })])
    expect(change.when).toEqual({ token: run.token, state: "running" });
});
