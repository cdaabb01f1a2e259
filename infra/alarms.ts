import { Duration, Stack } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  Metric,
  type MetricProps,
  Stats,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { type LaneName, laneNames, visibilityMs } from "../shared/core/lane.ts";
import { type Names, namesOf } from "../shared/core/names.ts";
import { metricsNamespace } from "./pipeline-function.ts";
import type { Stage } from "./stages.ts";

export interface AlarmsProps {
  readonly stage: Stage;
  readonly key: IKey | undefined;
}

export class Alarms extends Construct {
  constructor(scope: Construct, { stage, key }: AlarmsProps) {
    super(scope, "Alarms");
    const names = namesOf(stage.name);
    const alarms = watches(names).map((watch) => alarm(this, names, watch));
    if (!stage.hasAlarmTopic) return;
    const toTopic = new SnsAction(alarmTopic(this, names, key));
    for (const one of alarms) {
      one.addAlarmAction(toTopic);
      one.addOkAction(toTopic);
    }
  }
}

/** What a person should look at: in `bad` of the last `of` minutes the metric was on the wrong side of `threshold`. */
interface Watch {
  readonly name: string;
  /** What is wrong, and where to look first. */
  readonly description: string;
  readonly metric: MetricProps;
  readonly isBadWhen: "above" | "below";
  readonly threshold: number;
  readonly bad: number;
  readonly of: number;
  /** What a minute without a value means. */
  readonly silenceIs: "fine" | "bad";
}

const watches = (names: Names): readonly Watch[] => [
  missingTick(names),
  lateTick(names),
  ...laneNames.flatMap((lane) => [deadLetters(names, lane), oldMessage(names, lane)]),
  functionErrors("dispatcher", names.dispatcher),
  functionErrors("sweeper", names.sweeper),
  ...laneNames.map((lane) => functionErrors(`worker-${lane}`, names.worker(lane))),
];

/** Three minutes, since EventBridge may be some seconds late, and then a minute has no tick and the next has two. */
const missingTick = ({ dispatcher }: Names): Watch => ({
  name: "missing-tick",
  description: `${dispatcher} ended no tick for 3 minutes: schedules and parked runs wait. Is its rule on?`,
  metric: {
    namespace: metricsNamespace,
    metricName: "Ticks",
    dimensionsMap: { service: dispatcher },
    statistic: Stats.SUM,
  },
  isBadWhen: "below",
  threshold: 1,
  bad: 3,
  of: 3,
  silenceIs: "bad",
});

const lateTick = ({ dispatcher }: Names): Watch => ({
  name: "late-tick",
  description: `${dispatcher} sends over a minute late. Is it throttled, or is more due than a tick can send?`,
  metric: {
    namespace: metricsNamespace,
    metricName: "TickLatenessMs",
    dimensionsMap: { service: dispatcher },
    statistic: Stats.MAXIMUM,
  },
  isBadWhen: "above",
  threshold: 60_000,
  bad: 3,
  of: 5,
  silenceIs: "fine",
});

/** Not `NumberOfMessagesSent`, which leaves out the letters that SQS itself moves. */
/** One bad minute of three, so that the sweeper's look at the letters, which hides them for seconds, is no all-clear. */
const deadLetters = (names: Names, lane: LaneName): Watch => ({
  name: `dead-letters-${lane}`,
  description: `Runs of lane ${lane} are dead and wait for a person: read why in the run, then redrive it or not.`,
  metric: queueMetric(names.deadLetterQueue(lane), "ApproximateNumberOfMessagesVisible"),
  isBadWhen: "above",
  threshold: 0,
  bad: 1,
  of: 3,
  silenceIs: "fine",
});

/** A lane's visibility timeout: by then a delivery that was made has been answered, or its worker was killed. */
const oldMessage = (names: Names, lane: LaneName): Watch => ({
  name: `old-message-${lane}`,
  description: `Messages of lane ${lane} wait too long. Is the lane paused, or its share of concurrency too small?`,
  metric: queueMetric(names.queue(lane), "ApproximateAgeOfOldestMessage"),
  isBadWhen: "above",
  threshold: visibilityMs(lane) / 1_000,
  bad: 5,
  of: 5,
  silenceIs: "fine",
});

/** One crash is a run's affair: it is evidence in the run, and the sweeper repairs it. Crash upon crash is not. */
const functionErrors = (role: string, functionName: string): Watch => ({
  name: `errors-${role}`,
  description: `${functionName} crashes again and again. A bad deploy, or a job that eats memory? Read its logs.`,
  metric: {
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensionsMap: { FunctionName: functionName },
    statistic: Stats.SUM,
  },
  isBadWhen: "above",
  threshold: 0,
  bad: 3,
  of: 5,
  silenceIs: "fine",
});

const queueMetric = (QueueName: string, metricName: string): MetricProps => ({
  namespace: "AWS/SQS",
  metricName,
  dimensionsMap: { QueueName },
  statistic: Stats.MAXIMUM,
});

const alarm = (scope: Construct, { stack }: Names, watch: Watch): Alarm =>
  new Alarm(scope, watch.name, {
    alarmName: `${stack}-${watch.name}`,
    alarmDescription: watch.description,
    metric: new Metric({ ...watch.metric, period: Duration.minutes(1) }),
    comparisonOperator: {
      above: ComparisonOperator.GREATER_THAN_THRESHOLD,
      below: ComparisonOperator.LESS_THAN_THRESHOLD,
    }[watch.isBadWhen],
    threshold: watch.threshold,
    datapointsToAlarm: watch.bad,
    evaluationPeriods: watch.of,
    treatMissingData: { fine: TreatMissingData.NOT_BREACHING, bad: TreatMissingData.BREACHING }[
      watch.silenceIs
    ],
  });

/** To refuse plain HTTP a topic needs a policy, and that replaces the default one, by which alarms may publish. */
const alarmTopic = (scope: Construct, { stack }: Names, key: IKey | undefined): Topic => {
  const topic = new Topic(scope, "Topic", {
    topicName: `${stack}-alarms`,
    enforceSSL: true,
    ...(key && { masterKey: key }),
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: "ByAlarms",
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account } },
    }),
  );
  return topic;
};
