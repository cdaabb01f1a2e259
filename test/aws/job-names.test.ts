import { expect, test } from "@jest/globals";
import { createJobNames } from "../../shared/aws/job-names.ts";
import { scriptedStore } from "./scripted.ts";

const write = "BatchWriteItemCommand";

test("writes each job name once per process", async () => {
  const { store, asked } = scriptedStore(() => ({}));
  const jobNames = createJobNames(store);
  await jobNames.ensure(["greet", "bill", "greet"]);
  await jobNames.ensure(["bill", "greet"]);
  expect(asked.map(({ command }) => command)).toEqual([write]);
  await jobNames.ensure(["bill", "send"]);
  expect(asked.map(({ command }) => command)).toEqual([write, write]);
  expect(JSON.stringify(asked[1]?.input)).not.toContain("bill");
});

test("writes a job name again after a failed write", async () => {
  const { store, asked } = scriptedStore((_, turn) => (turn === 0 ? new Error("ThrottlingException") : {}));
  const jobNames = createJobNames(store);
  await expect(jobNames.ensure(["greet"])).rejects.toThrow();
  await jobNames.ensure(["greet"]);
  expect(asked.map(({ command }) => command)).toEqual([write, write]);
});
