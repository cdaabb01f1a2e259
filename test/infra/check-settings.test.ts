import { describe, expect, test } from "@jest/globals";
import { App, Stack } from "aws-cdk-lib";
import { checkSettings } from "../../infra/check-settings.ts";
import { type Settings, withDefaults } from "../../infra/settings.ts";
import { stages } from "../../infra/stages.ts";

describe("checkSettings", () => {
  test("accepts the stages of this project", () => {
    const stack = new Stack(new App(), "shop", { env: { region: "eu-west-1" } });
    for (const stage of stages) expect(() => checkSettings(stack, withDefaults(stage))).not.toThrow();
  });

  test.each<[string, Partial<Settings>, string]>([
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
      "too little memory for a lane",
      { lanes: { low: { memoryMb: 1 } } },
      "lanes.low.memoryMb: expected a whole number",
    ],
    [
      "an invalid e-mail address",
      { alarms: { which: "all", email: "ops" } },
      'alarms.email: expected an address such as ops@example.com, got "ops"',
    ],
    [
      "an invalid topic ARN",
      { alarms: { which: "all", topic: "alarms" } },
      "alarms.topic: expected a topic, or an ARN",
    ],
    [
      "both an e-mail address and a topic",
      { alarms: { which: "all", email: "a@b.cc", topic: "arn:aws:sns:eu-west-1:123456789012:alarms" } },
      "expected email or topic, got both",
    ],
    [
      "an invalid docs URL",
      { alarms: { which: "all", docsUrl: "docs" } },
      "alarms.docsUrl: expected an address",
    ],
    [
      "a concurrency of a lane that AWS refuses",
      { lanes: { low: { concurrency: 1 } } },
      "lanes.low.concurrency: expected a whole number from 2 to 1000, got 1",
    ],
    [
      "lanes that exceed the total",
      { lanes: { low: { concurrency: 4 } } },
      "workerConcurrency: expected a whole number of at least 10, what lanes says, and 2 for each other lane, got 8",
    ],
    [
      "an own key without a region",
      { hasOwnKey: true },
      'hasOwnKey: expected a stack with a region, got none; write new Stack(app, "shop", { env: { region: "eu-west-1" } }) with yours',
    ],
  ])("refuses %s", (_, wrong, problem) => {
    const settings = withDefaults({ name: "shop", ...wrong });
    expect(() => checkSettings(new Stack(new App(), "shop"), settings)).toThrow(problem);
  });
});
