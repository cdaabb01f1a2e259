import { describe, expect, jest, test } from "@jest/globals";
import { defineJob } from "../../../shared/core/jobs/job.ts";
import { defineRegistry, registryOf } from "../../../shared/core/jobs/registry.ts";
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

  test("refuses two jobs of one name", () => {
    expect(() => defineRegistry([greet, report, defineJob({ name: "greet", run })])).toThrow(
      'job "greet": expected each job name once; rename one of the two',
    );
  });

  test("refuses two schedules of one name", () => {
    expect(() => defineRegistry([greet], [schedule(hourly, greet), schedule(hourly, greet)])).toThrow(
      'schedule "greet": expected each schedule name once; rename one of the two',
    );
  });

  test.each([
    ["is not in it", [report], 'expected an exported job, got "greet"; export that job beside the others'],
    [
      "is another of the same name",
      [defineJob({ name: "greet", run })],
      'expected the exported job "greet", got another job of that name; import it from the same file',
    ],
  ])("refuses a schedule whose job %s", (_, jobs, message) => {
    expect(() => defineRegistry(jobs, [schedule(hourly, greet, undefined, { name: "hourly" })])).toThrow(
      `schedule "hourly": ${message}`,
    );
  });
});

describe("registryOf", () => {
  const nightly = schedule(hourly, report, undefined, { name: "nightly" });
  const collect = (exports: Readonly<Record<string, unknown>>) =>
    registryOf([{ file: "jobs/index.ts", exports }]);

  test("collects jobs, schedules and arrays of them, by any name", () => {
    const { jobs, schedules } = collect({
      jobs: [greet],
      report,
      crontab: [nightly, schedule(hourly, greet)],
    });
    expect([...jobs.keys()]).toEqual(["greet", "report"]);
    expect([...schedules.keys()]).toEqual(["nightly", "greet"]);
  });

  test("counts once what several modules export", () => {
    const { jobs, schedules } = registryOf([
      { file: "jobs/index.ts", exports: { greet, report, jobs: [greet], nightly } },
      { file: "jobs/schedules.ts", exports: { schedules: [nightly] } },
    ]);
    expect([jobs.size, schedules.size]).toEqual([2, 1]);
  });

  test("takes the jobs that another copy of the package made", async () => {
    jest.resetModules();
    const copy = await import("../../../shared/core/jobs/job.ts");
    expect(copy.defineJob).not.toBe(defineJob);
    const { jobs } = collect({ other: copy.defineJob({ name: "other", run }) });
    expect([...jobs.keys()]).toEqual(["other"]);
  });

  test.each<[Readonly<Record<string, unknown>>, string]>([
    [
      { greet, helper: () => 1 },
      "jobs/index.ts: helper: expected a job made by defineJob(), a schedule made by schedule(), or an array of them, got a function; export other values from another file",
    ],
    [{ jobs: [greet, undefined] }, "jobs/index.ts: jobs[1]: expected a job made by defineJob()"],
    [{ jobs: [null] }, "got null; check its import"],
    [{ jobs: [{ name: "greet" }] }, "jobs/index.ts: jobs[0]: expected a job made by defineJob()"],
    [{}, "jobs/index.ts: expected at least one exported job; export what defineJob() returns"],
    [{ jobs: [] }, "jobs/index.ts: expected at least one exported job"],
  ])("refuses a module that exports anything else, or no job: %p", (exports, message) => {
    expect(() => collect(exports)).toThrow(message);
  });
});
