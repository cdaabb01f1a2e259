import { describe, expect, test } from "@jest/globals";
import { App } from "aws-cdk-lib";
import { MillraceStack } from "../../infra/millrace-stack.ts";
import { type Stage, stages } from "../../infra/stages.ts";
import { stageTemplate, withAppProps } from "./synthesized.ts";

// Each of these is a synthesis of its own, which takes a second.

const [dev, prod] = stages;

test("the options of a stage are checked before anything is synthesized", () => {
  withAppProps((props) => {
    const app = new App(props);
    const stage = { ...dev, name: "test", memoryMb: 1 };
    expect(() => new MillraceStack(app, { ...props, stage })).toThrow('stage "test": memoryMb');
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
