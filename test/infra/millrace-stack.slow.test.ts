import { describe, expect, test } from "@jest/globals";
import { App } from "aws-cdk-lib";
import { MillraceStack } from "../../infra/millrace-stack.ts";
import type { AlarmSettings, PipelineSettings } from "../../infra/settings.ts";
import { stages } from "../../infra/stages.ts";
import { stageTemplate, withAppProps } from "./synthesized.ts";

// Each test synthesizes its own stack, which takes a second.

const [dev, prod] = stages;
const region = "eu-west-1";

describe("refusesDeletion", () => {
  const { stack, template } = withAppProps((props) => {
    const app = new App(props);
    const stack = new MillraceStack(app, { ...prod, region, name: "test", refusesDeletion: true });
    return { stack, template: stageTemplate("test", app.synth().getStackByName("millrace-test").template) };
  });

  test("protects the stack and its tables", () => {
    expect(stack.terminationProtection).toBe(true);
    for (const { Properties } of template.all("AWS::DynamoDB::GlobalTable"))
      expect(Properties.Replicas[0].DeletionProtectionEnabled).toBe(true);
  });

  test("is off in this project's stages", () => {
    expect(stages.filter((stage: PipelineSettings) => stage.refusesDeletion)).toEqual([]);
  });
});

describe("alarms of a pipeline", () => {
  const synthesized = (alarms: AlarmSettings) =>
    withAppProps((props) => {
      const app = new App(props);
      new MillraceStack(app, { ...dev, region, name: "test", alarms });
      return stageTemplate("test", app.synth().getStackByName("millrace-test").template);
    });

  test("are sent to the e-mail address", () => {
    const { all } = synthesized({ which: "vital", email: "ops@example.com" });
    const subscriptions = all("AWS::SNS::Subscription").map(({ Properties }) => Properties);
    expect(subscriptions).toMatchObject([{ Protocol: "email", Endpoint: "ops@example.com" }]);
  });

  test("use only the existing topic when one is given", () => {
    const topic = "arn:aws:sns:eu-west-1:123456789012:pages";
    const { all, outputs } = synthesized({ which: "vital", topic });
    expect(all("AWS::SNS::Topic")).toEqual([]);
    expect(outputs).toMatchObject({ AlarmTopic: { Value: topic } });
    for (const { Properties } of all("AWS::CloudWatch::Alarm"))
      expect([Properties.AlarmActions, Properties.OKActions]).toEqual([[topic], [topic]]);
  });
});
