import { describe, expect, test } from "@jest/globals";
import { App } from "aws-cdk-lib";
import { checkStage } from "../../infra/check-stage.ts";
import { concurrencyOf, reservedConcurrency } from "../../infra/concurrency.ts";
import { MillraceStack } from "../../infra/millrace-stack.ts";
import { docsUrlOf, runbookUrl } from "../../infra/runbook.ts";
import { type Stage, stages } from "../../infra/stages.ts";
import { dueShards } from "../../shared/core/shard.ts";
import { stageTemplate, withAppProps } from "./synthesized.ts";

const [dev, prod] = stages;

describe("the options of a stage", () => {
  test("are right for the stages of this project", () => {
    for (const stage of stages) expect(() => checkStage(stage)).not.toThrow();
  });

  test.each<[string, Partial<Stage>, string]>([
    ["a name in capitals", { name: "Dev" }, "name: expected lower-case letters"],
    ["a name too long for a function's", { name: "d".repeat(40) }, "at most 39 characters"],
    [
      "less than 2 workers a lane",
      { workerConcurrency: 4 },
      "workerConcurrency: expected a whole number of at least 8",
    ],
    [
      "half a worker",
      { workerConcurrency: 8.5 },
      "expected a whole number of at least 8, 2 for each lane, got 8.5",
    ],
    ["more than the account may run", { workerConcurrency: 9 }, "accountConcurrency: expected at least 11"],
    [
      "a reservation in a new account",
      { reservedTicks: 2 },
      "reservedTicks: expected an accountConcurrency of at least 104",
    ],
    ["no memory", { memoryMb: 64 }, "memoryMb: expected a whole number from 128 to 10240, got 64"],
    [
      "no address",
      { alarms: { which: "all", email: "ops" } },
      'alarms.email: expected an address such as ops@example.com, got "ops"',
    ],
    ["no topic", { alarms: { which: "all", topicArn: "alarms" } }, "alarms.topicArn: expected an ARN"],
    [
      "an address and a topic",
      { alarms: { which: "all", email: "a@b.cc", topicArn: "arn:aws:sns:eu-west-1:123456789012:alarms" } },
      "expected email or topicArn, got both",
    ],
    ["no link", { alarms: { which: "all", docsUrl: "docs" } }, "alarms.docsUrl: expected an address"],
  ])("refuse %s, by the name of the stage", (_, wrong, problem) => {
    const check = () => checkStage({ ...dev, ...wrong });
    expect(check).toThrow(`infra/stages.ts: stage "${wrong.name ?? "dev"}": `);
    expect(check).toThrow(problem);
  });

  test("are checked before anything is synthesized", () => {
    withAppProps((props) => {
      const app = new App(props);
      const stage = { ...dev, name: "test", memoryMb: 1 };
      expect(() => new MillraceStack(app, { ...props, stage })).toThrow('stage "test": memoryMb');
    });
  });
});

describe("the concurrency of a stage", () => {
  test.each([8, 9, 10, 11, 13, 20, 57, 500])(
    "is shared out whole among the lanes, %i of it, at least 2 each",
    (total) => {
      const { workers } = concurrencyOf({ workerConcurrency: total, accountConcurrency: 1_000 });
      const each = Object.values(workers);
      expect(each.reduce((sum, count) => sum + count, 0)).toBe(total);
      expect(each).toEqual(each.toSorted((a, b) => b - a));
      expect(Math.min(...each)).toBeGreaterThanOrEqual(2);
    },
  );

  test("includes helpers of the dispatcher only where the account has room for all of them", () => {
    const of = (accountConcurrency: number) => concurrencyOf({ workerConcurrency: 20, accountConcurrency });
    expect(of(22 + dueShards)).toMatchObject({ helpers: dueShards, total: 22 + dueShards });
    expect(of(21 + dueShards)).toMatchObject({ helpers: 0, total: 22 });
  });

  test("is reserved for ticks on request, with the helpers", () => {
    expect(reservedConcurrency(prod)).toBeUndefined();
    expect(reservedConcurrency({ ...prod, reservedTicks: 2 })).toEqual({
      dispatcher: 2 + dueShards,
      sweeper: 2,
    });
  });
});

describe("a stage that refuses deletion", () => {
  const { stack, template } = withAppProps((props) => {
    const app = new App(props);
    const stage = { ...prod, name: "test", refusesDeletion: true };
    const stack = new MillraceStack(app, { ...props, stage });
    return { stack, template: stageTemplate("test", app.synth().getStackByName("millrace-test").template) };
  });

  test("protects its stack and its tables", () => {
    expect(stack.terminationProtection).toBe(true);
    for (const { Properties } of template.all("AWS::DynamoDB::GlobalTable"))
      expect(Properties.Replicas[0].DeletionProtectionEnabled).toBe(true);
  });

  test("is not how a stage begins", () => {
    expect(stages.filter((stage: Stage) => stage.refusesDeletion)).toEqual([]);
  });
});

describe("the alarms of a stage", () => {
  const synthesized = (alarms: Stage["alarms"]) =>
    withAppProps((props) => {
      const app = new App(props);
      new MillraceStack(app, { ...props, stage: { ...dev, name: "test", alarms } });
      return stageTemplate("test", app.synth().getStackByName("millrace-test").template);
    });

  test("are mailed to an address", () => {
    const { all } = synthesized({ which: "vital", email: "ops@example.com" });
    const subscriptions = all("AWS::SNS::Subscription").map(({ Properties }) => Properties);
    expect(subscriptions).toMatchObject([{ Protocol: "email", Endpoint: "ops@example.com" }]);
  });

  test("go to a topic that exists, and then there is no other", () => {
    const topicArn = "arn:aws:sns:eu-west-1:123456789012:pages";
    const { all, outputs } = synthesized({ which: "vital", topicArn });
    expect(all("AWS::SNS::Topic")).toEqual([]);
    expect(outputs).toMatchObject({ AlarmTopic: { Value: topicArn } });
    for (const { Properties } of all("AWS::CloudWatch::Alarm"))
      expect([Properties.AlarmActions, Properties.OKActions]).toEqual([[topicArn], [topicArn]]);
  });
});

describe("the link to the runbook", () => {
  test("begins with the stage's own address", () => {
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
  ])("is made of the repository %s", (repository, url) => {
    expect(docsUrlOf(repository)).toBe(url);
  });
});
