import { describe, expect, test } from "@jest/globals";
import { defineJob } from "../../shared/core/job.ts";
import { defineRegistry } from "../../shared/core/registry.ts";
import { every } from "../../shared/core/rule.ts";
import { schedule } from "../../shared/core/schedule.ts";

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
      'job "greet": expected each name once; rename one of the two',
    );
  });

  test("has each schedule once", () => {
    expect(() => defineRegistry([greet], [schedule(hourly, greet), schedule(hourly, greet)])).toThrow(
      'schedule "greet": expected each name once; rename one of the two',
    );
  });

  test.each([
    ["is not in it", [report]],
    ["is another of the same name", [defineJob({ name: "greet", run })]],
  ])("has no schedule whose job %s", (_, jobs) => {
    expect(() => defineRegistry(jobs, [schedule(hourly, greet, undefined, { name: "hourly" })])).toThrow(
      'schedule "hourly": expected a job of the registry, got "greet"; add it to jobs/index.ts',
    );
  });
});
