import { expect, test } from "@jest/globals";
import { laneNames } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";

const names = namesOf("prod");
const all = [
  names.stack,
  names.dispatcher,
  names.sweeper,
  ...laneNames.flatMap((lane) => [names.queue(lane), names.deadLetterQueue(lane), names.worker(lane)]),
];

test("a stage's names are an interface, and so never change", () => {
  expect(all).toEqual([
    "millrace-prod",
    "millrace-prod-dispatcher",
    "millrace-prod-sweeper",
    "millrace-prod-critical",
    "millrace-prod-critical-dlq",
    "millrace-prod-worker-critical",
    "millrace-prod-high",
    "millrace-prod-high-dlq",
    "millrace-prod-worker-high",
    "millrace-prod-normal",
    "millrace-prod-normal-dlq",
    "millrace-prod-worker-normal",
    "millrace-prod-low",
    "millrace-prod-low-dlq",
    "millrace-prod-worker-low",
  ]);
});

test("no two things of a stage, and no two stages, share a name", () => {
  const other = namesOf("dev");
  expect(new Set([...all, other.stack, other.queue("normal")]).size).toBe(all.length + 2);
});
