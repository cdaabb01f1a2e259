import { expect, test } from "@jest/globals";
import { jobs } from "../../jobs/index.ts";
import { schedules } from "../../jobs/schedules.ts";
import { defineRegistry } from "../../shared/core/jobs/registry.ts";
import { parseInput } from "../../shared/core/runs/input.ts";

test("jobs and schedules form one registry", () => {
  const registry = defineRegistry(jobs, schedules);
  expect([...registry.jobs.keys()]).toEqual(["heartbeat", "send-email", "weather-report"]);
  expect([...registry.schedules.keys()]).toEqual(["heartbeat", "weather", "weather-monthly"]);
});

test("every schedule's input is valid for its job", async () => {
  for (const { job, input } of schedules) await expect(parseInput(job, input)).resolves.not.toThrow();
});

test("no schedule sends e-mail", () => {
  expect(schedules.map(({ job }) => job.name)).not.toContain("send-email");
});

test("two jobs run within a minute of the first start", () => {
  const now = new Date("2026-01-01T00:00:10Z");
  const soon = schedules.filter(({ rule }) => Number(rule.next(now)) - Number(now) <= 60_000);
  expect(new Set(soon.map(({ job }) => job.name))).toEqual(new Set(["heartbeat", "weather-report"]));
});
