import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { lanes } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import type { Json, StageTemplate } from "./synthesized.ts";

const root = new URL("../../", import.meta.url);

export const describeAlarms = ({ stage, isProd, named, all, nameBehind }: StageTemplate): void => {
  const names = namesOf(stage);
  const alarms = named("AWS::CloudWatch::Alarm", "AlarmName");
  const alarm = (name: string) => alarms[`${names.stack}-${name}`];

  test("are the vital ones in every stage, and in prod also those of each lane and function", () => {
    const perLane = (...kinds: readonly string[]) =>
      lanes.flatMap(({ name }) => kinds.map((kind) => `${kind}-${name}`));
    const vital = [
      "missing-tick",
      "missing-sweep",
      "late-tick",
      "errors-dispatcher",
      "errors-sweeper",
      ...perLane("dead-letters", "throttles-worker"),
    ];
    const others = ["throttles-dispatcher", "throttles-sweeper", ...perLane("old-message", "errors-worker")];
    expect(Object.keys(alarms).sort()).toEqual(
      [...vital, ...(isProd ? others : [])].map((name) => `${names.stack}-${name}`).sort(),
    );
  });

  test.each([
    ["missing-tick", names.dispatcher],
    ["missing-sweep", names.sweeper],
  ])("%s is raised when its function does not run and has no metric", (name, FunctionName) => {
    expect(alarm(name)).toMatchObject({
      Namespace: "AWS/Lambda",
      MetricName: "Invocations",
      Dimensions: [{ Name: "FunctionName", Value: FunctionName }],
      Statistic: "Sum",
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1,
      DatapointsToAlarm: 3,
      EvaluationPeriods: 3,
      TreatMissingData: "breaching",
    });
  });

  test("late-tick is raised when the dispatcher sends over a minute late, by a field of its log line", () => {
    const metric = { Namespace: `Millrace/${names.stack}`, MetricName: "TickLatenessMs" };
    expect(alarm("late-tick")).toMatchObject({
      ...metric,
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 60_000,
      TreatMissingData: "notBreaching",
    });
    const [filter, ...others] = all("AWS::Logs::MetricFilter").map(({ Properties }) => Properties);
    expect(others).toEqual([]);
    expect(nameBehind(filter.LogGroupName)).toBe(`/aws/lambda/${names.dispatcher}`);
    expect(filter.FilterPattern).toBe("{ $.latenessMs >= 0 }");
    const transformation = { MetricNamespace: metric.Namespace, MetricName: metric.MetricName };
    expect(filter.MetricTransformations).toEqual([{ ...transformation, MetricValue: "$.latenessMs" }]);
  });

  test.each(lanes)("are raised by the first dead letter of lane $name", ({ name }) => {
    expect(alarm(`dead-letters-${name}`)).toMatchObject({
      MetricName: "ApproximateNumberOfMessagesVisible",
      Dimensions: [{ Name: "QueueName", Value: names.deadLetterQueue(name) }],
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 0,
      DatapointsToAlarm: 1,
      EvaluationPeriods: 3,
    });
  });

  test.each(lanes)("are raised when Lambda throttles the worker of lane $name", ({ name }) => {
    expect(alarm(`throttles-worker-${name}`)).toMatchObject({
      Namespace: "AWS/Lambda",
      MetricName: "Throttles",
      Dimensions: [{ Name: "FunctionName", Value: names.worker(name) }],
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 0,
      TreatMissingData: "notBreaching",
    });
  });

  if (isProd) {
    test.each(lanes)(
      "are raised when a message of lane $name is older than its visibility timeout",
      ({ name }) => {
        const { Dimensions, Threshold } = alarm(`old-message-${name}`);
        expect(Dimensions).toEqual([{ Name: "QueueName", Value: names.queue(name) }]);
        expect(Threshold).toBe(named("AWS::SQS::Queue", "QueueName")[names.queue(name)].VisibilityTimeout);
      },
    );
  }

  test("link to an existing section of the runbook", () => {
    const links = Object.values<Json>(alarms).map(({ AlarmDescription }) =>
      /What to do: (?:https:\S+\/)?(docs\/[\w-]+\.md)#([\w-]+)$/.exec(AlarmDescription),
    );
    for (const link of links) {
      const [, file = "", section = ""] = link ?? [];
      expect(sectionsOf(readFileSync(new URL(file, root), "utf8"))).toContain(section);
    }
  });

  test("notify the stage's topic when they are raised and when they end", () => {
    const topics = all("AWS::SNS::Topic").map(({ Properties }) => Properties);
    expect(topics.map(({ TopicName }) => TopicName)).toEqual([`${names.stack}-alarms`]);
    expect(topics.every(({ KmsMasterKeyId }) => Boolean(KmsMasterKeyId) === isProd)).toBe(true);
    for (const { AlarmDescription, AlarmActions, OKActions } of Object.values<Json>(alarms)) {
      expect(AlarmDescription.length).toBeGreaterThan(40);
      expect([...AlarmActions, ...OKActions].map(nameBehind)).toEqual([
        topics[0].TopicName,
        topics[0].TopicName,
      ]);
    }
  });

  test("are allowed to publish to their topic", () => {
    const statements = all("AWS::SNS::TopicPolicy").flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    const allowed = statements.filter(({ Effect }) => Effect === "Allow");
    expect(allowed.map(({ Principal, Action }) => [Principal.Service, Action])).toEqual([
      ["cloudwatch.amazonaws.com", "sns:Publish"],
    ]);
  });
};

/** The anchors of a document's headings, as GitHub generates them. */
const sectionsOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
