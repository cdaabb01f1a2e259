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
import type { Settings } from "./settings.ts";

export interface AlarmsProps {
  readonly settings: Settings;
  readonly key: IKey | undefined;
  /** The log group of the dispatcher. */
  readonly tickLogs: ILogGroup;
}

/** The alarms of a pipeline, and their topic. */
export class Alarms extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, { settings, key, tickLogs }: AlarmsProps) {
    super(scope, "Alarms");
    const names = namesOf(settings.name);
    measureLateness(this, names, tickLogs);
    this.topic = topicOf(this, settings, key);
    const toTopic = new SnsAction(this.topic);
    for (const spec of alarmSpecs(names)) {
      if (!spec.isVital && settings.alarms.which !== "all") continue;
      const created = alarm(this, settings, spec);
      created.addAlarmAction(toTopic);
      created.addOkAction(toTopic);
    }
  }
}

/** The only custom metric, which costs $0.30 a month. All other counts are only in log lines. */
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

const alarm = (scope: Construct, settings: Settings, spec: AlarmSpec): Alarm =>
  new Alarm(scope, spec.name, {
    alarmName: `${namesOf(settings.name).stack}-${spec.name}`,
    alarmDescription: `${spec.description} What to do: ${runbookUrl(settings, spec.section)}`,
    metric: new Metric({ ...spec.metric, period: Duration.minutes(1) }),
    comparisonOperator: {
      above: ComparisonOperator.GREATER_THAN_THRESHOLD,
      below: ComparisonOperator.LESS_THAN_THRESHOLD,
    }[spec.breachesWhen],
    threshold: spec.threshold,
    datapointsToAlarm: spec.datapoints,
    evaluationPeriods: spec.periods,
    treatMissingData: { ok: TreatMissingData.NOT_BREACHING, breaching: TreatMissingData.BREACHING }[
      spec.missingDataIs
    ],
  });

const topicOf = (scope: Construct, { name, alarms }: Settings, key: IKey | undefined): ITopic => {
  if (typeof alarms.topic === "string") return Topic.fromTopicArn(scope, "Topic", alarms.topic);
  if (alarms.topic !== undefined) return alarms.topic;
  const topic = ownTopic(scope, namesOf(name), key);
  if (alarms.email) topic.addSubscription(new EmailSubscription(alarms.email));
  return topic;
};

/** Refusing plain HTTP requires a policy, which replaces the default one that lets alarms publish. */
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
