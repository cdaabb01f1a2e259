import { expect, test } from "@jest/globals";
import { lanes } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import type { Json, StageTemplate } from "./synthesized.ts";

export const describeAlarms = ({ stage, isProd, named, all }: StageTemplate): void => {
  const names = namesOf(stage);
  const alarms = named("AWS::CloudWatch::Alarm", "AlarmName");
  const alarm = (name: string) => alarms[`${names.stack}-${name}`];

  test("are one for ticks missing, one for ticks late, two per lane, one per function", () => {
    expect(Object.keys(alarms).sort()).toEqual(
      [
        "missing-tick",
        "late-tick",
        "errors-dispatcher",
        "errors-sweeper",
        ...lanes.flatMap(({ name }) => [
          `dead-letters-${name}`,
          `old-message-${name}`,
          `errors-worker-${name}`,
        ]),
      ]
        .map((name) => `${names.stack}-${name}`)
        .sort(),
    );
  });

  test("sound when the dispatcher is silent, which is when it emits no tick at all", () => {
    expect(alarm("missing-tick")).toMatchObject({
      Namespace: "Millrace",
      MetricName: "Ticks",
      Dimensions: [{ Name: "service", Value: names.dispatcher }],
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1,
      TreatMissingData: "breaching",
    });
  });

  test("sound when the dispatcher takes entries more than a minute late", () => {
    expect(alarm("late-tick")).toMatchObject({
      Namespace: "Millrace",
      MetricName: "TickLatenessMs",
      Dimensions: [{ Name: "service", Value: names.dispatcher }],
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 60_000,
      TreatMissingData: "notBreaching",
    });
  });

  test.each(lanes)("sound at the first dead letter of lane $name", ({ name }) => {
    expect(alarm(`dead-letters-${name}`)).toMatchObject({
      MetricName: "ApproximateNumberOfMessagesVisible",
      Dimensions: [{ Name: "QueueName", Value: names.deadLetterQueue(name) }],
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 0,
      DatapointsToAlarm: 1,
      EvaluationPeriods: 3,
    });
  });

  test.each(lanes)("sound when a message of lane $name is older than its visibility timeout", ({ name }) => {
    const { Dimensions, Threshold } = alarm(`old-message-${name}`);
    expect(Dimensions).toEqual([{ Name: "QueueName", Value: names.queue(name) }]);
    expect(Threshold).toBe(named("AWS::SQS::Queue", "QueueName")[names.queue(name)].VisibilityTimeout);
  });

  test("say what to do, and in prod say it to the topic, when they sound and when they stop", () => {
    const topics = all("AWS::SNS::Topic").map(({ Properties }) => Properties);
    expect(topics.map(({ TopicName }) => TopicName)).toEqual(isProd ? [`${names.stack}-alarms`] : []);
    expect(topics.every(({ KmsMasterKeyId }) => KmsMasterKeyId)).toBe(true);
    for (const { AlarmDescription, AlarmActions = [], OKActions = [] } of Object.values<Json>(alarms)) {
      expect(AlarmDescription.length).toBeGreaterThan(40);
      expect([AlarmActions.length, OKActions.length]).toEqual(isProd ? [1, 1] : [0, 0]);
    }
  });

  test("may publish to their topic", () => {
    const statements = all("AWS::SNS::TopicPolicy").flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    const allowed = statements.filter(({ Effect }) => Effect === "Allow");
    expect(allowed.map(({ Principal, Action }) => [Principal.Service, Action])).toEqual(
      isProd ? [["cloudwatch.amazonaws.com", "sns:Publish"]] : [],
    );
  });
};
