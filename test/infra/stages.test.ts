import { describe, expect, test } from "@jest/globals";
import { checkStage } from "../../infra/check-stage.ts";
import { concurrencyOf, reservedConcurrency } from "../../infra/concurrency.ts";
import { docsUrlOf, runbookUrl } from "../../infra/runbook.ts";
import { type Stage, stages } from "../../infra/stages.ts";
import { dueShards } from "../../shared/core/shard.ts";

const [dev, prod] = stages;

describe("checkStage", () => {
  test("accepts the stages of this project", () => {
    for (const stage of stages) expect(() => checkStage(stage)).not.toThrow();
  });

  test.each<[string, Partial<Stage>, string]>([
    ["a name in capitals", { name: "Dev" }, "name: expected lowercase letters"],
    ["a name that makes a function's name too long", { name: "d".repeat(40) }, "at most 39 characters"],
    [
      "fewer than 2 workers per lane",
      { workerConcurrency: 4 },
      "workerConcurrency: expected a whole number of at least 8",
    ],
    [
      "a fractional number of workers",
      { workerConcurrency: 8.5 },
      "expected a whole number of at least 8, 2 for each lane, got 8.5",
    ],
    [
      "more concurrency than the account has",
      { workerConcurrency: 9 },
      "accountConcurrency: expected at least 11",
    ],
    [
      "a reservation in a new account",
      { reservedTicks: 2 },
      "reservedTicks: expected an accountConcurrency of at least 104",
    ],
    ["too little memory", { memoryMb: 64 }, "memoryMb: expected a whole number from 128 to 10240, got 64"],
    [
      "an invalid e-mail address",
      { alarms: { which: "all", email: "ops" } },
      'alarms.email: expected an address such as ops@example.com, got "ops"',
    ],
    [
      "an invalid topic ARN",
      { alarms: { which: "all", topicArn: "alarms" } },
      "alarms.topicArn: expected an ARN",
    ],
    [
      "both an e-mail address and a topic",
      { alarms: { which: "all", email: "a@b.cc", topicArn: "arn:aws:sns:eu-west-1:123456789012:alarms" } },
      "expected email or topicArn, got both",
    ],
    [
      "an invalid docs URL",
      { alarms: { which: "all", docsUrl: "docs" } },
      "alarms.docsUrl: expected an address",
    ],
  ])("refuses %s and names the stage", (_, wrong, problem) => {
    const check = () => checkStage({ ...dev, ...wrong });
    expect(check).toThrow(`infra/stages.ts: stage "${wrong.name ?? "dev"}": `);
    expect(check).toThrow(problem);
  });
});

describe("concurrencyOf", () => {
  test.each([8, 9, 10, 11, 13, 20, 57, 500])(
    "distributes all of %i workers among the lanes, at least 2 each",
    (total) => {
      const { workers } = concurrencyOf({ workerConcurrency: total, accountConcurrency: 1_000 });
      const each = Object.values(workers);
      expect(each.reduce((sum, count) => sum + count, 0)).toBe(total);
      expect(each).toEqual(each.toSorted((a, b) => b - a));
      expect(Math.min(...each)).toBeGreaterThanOrEqual(2);
    },
  );

  test("includes the dispatcher's helpers only where the account has room for all of them", () => {
    const of = (accountConcurrency: number) => concurrencyOf({ workerConcurrency: 20, accountConcurrency });
    expect(of(22 + dueShards)).toMatchObject({ helpers: dueShards, total: 22 + dueShards });
    expect(of(21 + dueShards)).toMatchObject({ helpers: 0, total: 22 });
  });

  test("is reserved for ticks, helpers included, only with reservedTicks", () => {
    expect(reservedConcurrency(prod)).toBeUndefined();
    expect(reservedConcurrency({ ...prod, reservedTicks: 2 })).toEqual({
      dispatcher: 2 + dueShards,
      sweeper: 2,
    });
  });
});

describe("runbookUrl", () => {
  test("starts with the stage's docsUrl", () => {
    const alarms = { which: "all", docsUrl: "https://wiki.example.com/millrace/" } as const;
    expect(runbookUrl({ alarms }, "errors")).toBe("https://wiki.example.com/millrace/docs/runbook.md#errors");
  });

  test.each([
    ["git+https://github.com/acme/millrace.git", "https://github.com/acme/millrace/blob/HEAD"],
    ["https://gitlab.com/acme/tools/millrace", "https://gitlab.com/acme/tools/millrace/blob/HEAD"],
    ["git+ssh://git@github.com/acme/millrace.git", "https://github.com/acme/millrace/blob/HEAD"],
    ["github:acme/millrace", "https://github.com/acme/millrace/blob/HEAD"],
    ["acme/millrace", "https://github.com/acme/millrace/blob/HEAD"],
    [undefined, undefined],
  ])("is derived from the repository %s", (repository, url) => {
    expect(docsUrlOf(repository)).toBe(url);
  });
});
