import { expect, test } from "@jest/globals";
import { createSchedules } from "../../shared/aws/schedules.ts";
import { scriptedStore } from "./scripted.ts";

const write = "BatchWriteItemCommand";

test("writes each job name once for a process", async () => {
  const { store, asked } = scriptedStore(() => ({}));
  const schedules = createSchedules(store);
  await schedules.addJobNames(["greet", "bill", "greet"]);
  await schedules.addJobNames(["bill", "greet"]);
  expect(asked.map(({ command }) => command)).toEqual([write]);
  await schedules.addJobNames(["bill", "send"]);
  expect(asked.map(({ command }) => command)).toEqual([write, write]);
  expect(JSON.stringify(asked[1]?.input)).not.toContain("bill");
});

test("writes a job name again when it was not written", async () => {
  const { store, asked } = scriptedStore((_, turn) => (turn === 0 ? new Error("ThrottlingException") : {}));
  const schedules = createSchedules(store);
  await expect(schedules.addJobNames(["greet"])).rejects.toThrow();
  await schedules.addJobNames(["greet"]);
  expect(asked.map(({ command }) => command)).toEqual([write, write]);
});
