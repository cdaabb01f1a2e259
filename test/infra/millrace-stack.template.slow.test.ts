import { describe, expect, test } from "@jest/globals";
import { Stack } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { millraceApp } from "../../infra/millrace-app.ts";
import { lanes } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import { describeAccess } from "./access.ts";
import { describeAlarms } from "./alarms.ts";
import { describeCost } from "./cost.ts";
import { describeFunctions } from "./functions.ts";
import { describeQueues } from "./queues.ts";
import { describeRemoval } from "./removal.ts";
import { type Json, synthesize, tableNames, withAppProps } from "./synthesized.ts";
import { describeTables } from "./tables.ts";

// One synthesis for all tests, because loading CDK and its checks takes long.
const templates = synthesize();

describe.each(templates)("stage $stage", (template) => {
  const { stage, outputs, nameBehind } = template;

  describe("tables", () => describeTables(template));
  describe("queues", () => describeQueues(template));
  describe("functions", () => describeFunctions(template));
  describe("access", () => describeAccess(template));
  describe("alarms", () => describeAlarms(template));

  describe("removal", () => describeRemoval(template));

  test("outputs the names of tables and queues, the managed policies and the alarm topic", () => {
    const names = namesOf(stage);
    const put = Object.entries(outputs).map(([id, { Value }]) => [id, nameBehind(Value)]);
    expect(Object.fromEntries(put)).toMatchObject({
      RunsTable: tableNames.runs,
      StateTable: tableNames.state,
      EnqueuePolicy: `${names.stack}-enqueue-eu-west-1`,
      OperatePolicy: `${names.stack}-operate-eu-west-1`,
      AlarmTopic: `${names.stack}-alarms`,
      QueueNormal: names.queue("normal"),
      DeadLetterQueueLow: names.deadLetterQueue("low"),
    });
    expect(put).toHaveLength(5 + 2 * lanes.length);
  });
});

describe("the idle cost", () => describeCost(templates));

describe("the encryption key", () => {
  const [dev, prod] = templates.map(({ all }) => all("AWS::KMS::Key"));
  const [, ...statements] = prod?.[0].Properties.KeyPolicy.Statement ?? [];

  test("exists only in prod, and is rotated", () => {
    expect(dev).toEqual([]);
    expect(prod?.map(({ Properties }) => Properties.EnableKeyRotation)).toEqual([true]);
  });

  test("may be used by its account only through DynamoDB and SQS, and by logs and alarms", () => {
    const conditions = statements.map(({ Condition }: Json) =>
      Object.values<object>(Condition).flatMap(Object.keys),
    );
    expect(conditions).toEqual([
      ["kms:CallerAccount", "kms:ViaService"],
      ["kms:EncryptionContext:aws:logs:arn"],
      ["aws:SourceAccount"],
    ]);
    expect(JSON.stringify(statements)).not.toMatch(/kms:\w*\*/);
  });
});

describe("the AwsSolutions checks", () => {
  // They found nothing, or the synthesis above would have thrown.
  test("need no acknowledged finding", () => {
    withAppProps((props) => {
      const entries = millraceApp(props)
        .node.findAll()
        .flatMap(({ node }) => node.metadata);
      expect(entries.filter(({ type }) => type === "aws:cdk:acknowledged-rules")).toEqual([]);
    });
  });

  test("fail the synthesis of a queue that accepts requests without TLS", () => {
    withAppProps((props) => {
      const app = millraceApp(props);
      new Queue(new Stack(app, "careless"), "Queue");
      expect(() => app.synth()).toThrow("does not require requests to use SSL");
    });
  });
});
