import { describe, expect, test } from "@jest/globals";
import { defineJob } from "../../../shared/core/jobs/job.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { every } from "../../../shared/core/rules/rule.ts";
import { schedule } from "../../../shared/core/schedules/schedule.ts";

const run = () => undefined;
const greet = defineJob({ name: "greet", run });
const report = defineJob({ name: "report", run });
const hourly = every("1 hour");

describe("a registry", () => {
  test("finds jobs and schedules by name", () => {
    const nightly = schedule(hourly, report, undefined, { name: "nightly" });
    const { jobs, schedules } = defineRegistry([greet, report], [schedule(hourly, greet), nightly]);
    expect([...jobs.keys()]).toEqual(["greet", "report"]);
    expect([...schedules.keys()]).toEqual(["greet", "nightly"]);
    expect(jobs.get("greet")).toBe(greet);
    expect(schedules.get("nightly")).toBe(nightly);
  });

  test("may have no schedules", () => {
    expect(defineRegistry([greet]).schedules.size).toBe(0);
  });

  test("has each job once", () => {
    expect(() => defineRegistry([greet, report, defineJob({ name: "greet", run })])).toThrow(
      'job "greet": expected each name once in jobs/index.ts; rename one of the two',
    );
    expect(() => defineRegistry([greet, greet])).toThrow(
      'job "greet": expected each name once in jobs/index.ts; remove one of the two entries',
    );
  });

  test("has each schedule once", () => {
    expect(() => defineRegistry([greet], [schedule(hourly, greet), schedule(hourly, greet)])).toThrow(
      'schedule "greet": expected each name once in jobs/schedules.ts; rename one of the two',
    );
  });

  test.each([
    ["is not in it", [report], 'expected a job of the registry, got "greet"; add it to jobs/index.ts'],
    [
      "is another of the same name",
      [defineJob({ name: "greet", run })],
      'expected the job "greet" of jobs/index.ts, got another job of that name; import it from the same file',
    ],
  ])("has no schedule whose job %s", (_, jobs, message) => {
    expect(() => defineRegistry(jobs, [schedule(hourly, greet, undefined, { name: "hourly" })])).toThrow(
      `schedule "hourly": ${message}`,
    );
  });

  test.each<[unknown, string]>([
    [greet, "jobs/index.ts: jobs: expected an array of what defineJob() returns, got object"],
    [undefined, "jobs/index.ts: jobs: expected an array of what defineJob() returns, got undefined"],
    [
      [greet, undefined],
      "jobs/index.ts: jobs[1]: expected what defineJob() returns, got undefined; check its import",
    ],
    [[null], "jobs/index.ts: jobs[0]: expected what defineJob() returns, got null; check its import"],
    [
      [{ name: "greet" }],
      "jobs/index.ts: jobs[0]: expected what defineJob() returns, got object; check its import",
    ],
  ])("refuses a list that is none: %p", (jobs, message) => {
    // A cast, because user code that is not type-checked may export anything.
    expect(() => defineRegistry(jobs as never)).toThrow(message);
  });
});
