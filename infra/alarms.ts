import { Duration, Stack } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { FilterPattern, type ILogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { type Names, namesOf } from "../shared/core/names.ts";
import { type AlarmSpec, alarmSpecs, latenessMetric } from "./alarm-specs.ts";
import { runbookUrl } from "./runbook.ts";
import type { Stage } from "./stages.ts";

export interface AlarmsProps {
  readonly stage: Stage;
  readonly key: IKey | undefined;
  /** Where the dispatcher logs its ticks. */
  readonly tickLogs: ILogGroup;
}

/** The alarms of a stage, and the topic that they go to. */
export class Alarms extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, { stage, key, tickLogs }: AlarmsProps) {
    super(scope, "Alarms");
    const names = namesOf(stage.name);
    measureLateness(this, names, tickLogs);
    this.topic = topicOf(this, stage, key);
    const toTopic = new SnsAction(this.topic);
    for (const watch of alarmSpecs(names)) {
      if (!watch.isVital && stage.alarms.which === "vital") continue;
      const raised = alarm(this, stage, watch);
      raised.addAlarmAction(toTopic);
      raised.addOkAction(toTopic);
    }
  }
}

/** The one metric of our own. All else that functions count is in their log lines alone: a metric costs $0.30 a month. */
const measureLateness = (scope: Construct, names: Names, logGroup: ILogGroup): void => {
  const { namespace, metricName } = latenessMetric(names);
  new MetricFilter(scope, "Lateness", {
    logGroup,
    metricNamespace: namespace,
    metricName,
    filterPattern: FilterPattern.numberValue("$.latenessMs", ">=", 0),
    metricValue: "$.latenessMs",
  });
};

const alarm = (scope: Construct, stage: Stage, watch: AlarmSpec): Alarm =>
  new Alarm(scope, watch.name, {
    alarmName: `${namesOf(stage.name).stack}-${watch.name}`,
    alarmDescription: `${watch.description} What to do: ${runbookUrl(stage, watch.section)}`,
    metric: new Metric({ ...watch.metric, period: Duration.minutes(1) }),
    comparisonOperator: {
      above: ComparisonOperator.GREATER_THAN_THRESHOLD,
      below: ComparisonOperator.LESS_THAN_THRESHOLD,
    }[watch.breachesWhen],
    threshold: watch.threshold,
    datapointsToAlarm: watch.datapoints,
    evaluationPeriods: watch.periods,
    treatMissingData: { fine: TreatMissingData.NOT_BREACHING, bad: TreatMissingData.BREACHING }[
      watch.missingDataIs
    ],
  });

const topicOf = (scope: Construct, { name, alarms }: Stage, key: IKey | undefined): ITopic => {
  if (alarms.topicArn) return Topic.fromTopicArn(scope, "Topic", alarms.topicArn);
  const topic = ownTopic(scope, namesOf(name), key);
  if (alarms.email) topic.addSubscription(new EmailSubscription(alarms.email));
  return topic;
};

/** To refuse plain HTTP a topic needs a policy, and that replaces the default one, by which alarms may publish. */
const ownTopic = (scope: Construct, { stack }: Names, key: IKey | undefined): Topic => {
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
