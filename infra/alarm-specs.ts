import { type MetricProps, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { type LaneName, laneNames, visibilityMs } from "../shared/core/lane.ts";
import type { Names } from "../shared/core/names.ts";

/** What a person should look at: in `bad` of the last `of` minutes the metric was on the wrong side of `threshold`. */
export interface AlarmSpec {
  /** Part of the alarm's name. */
  readonly name: string;
  /** The section of docs/runbook.md that says what to do. */
  readonly section: string;
  /** Whether every stage has it: the pipeline as a whole is in trouble, or runs are dead. */
  readonly isVital: boolean;
  /** What is wrong, and where to look first. */
  readonly description: string;
  readonly metric: MetricProps;
  readonly breachesWhen: "above" | "below";
  readonly threshold: number;
  readonly datapoints: number;
  readonly periods: number;
  /** What a minute without a value means. */
  readonly missingDataIs: "fine" | "bad";
}

/** The most late of a minute's ticks. `alarms.ts` makes this metric of the dispatcher's log lines. */
export const latenessMetric = (names: Names) => ({
  namespace: `Millrace/${names.stack}`,
  metricName: "TickLatenessMs",
});

export const alarmSpecs = (names: Names): readonly AlarmSpec[] => [
  missingInvocations("missing-tick", names.dispatcher, "schedules and parked runs wait"),
  missingInvocations("missing-sweep", names.sweeper, "runs whose message or worker was lost are not found"),
  lateTick(names),
  ...laneNames.flatMap((lane) => [deadLetters(names, lane), oldMessage(names, lane)]),
  ...["dispatcher" as const, "sweeper" as const].flatMap((role) => [
    errors(role, names[role], true),
    // Vital too, but a tick function that is throttled is missing, for which there is an alarm already.
    throttles(role, names[role], false),
  ]),
  ...laneNames.flatMap((lane) => [
    errors(`worker-${lane}`, names.worker(lane), false),
    throttles(`worker-${lane}`, names.worker(lane), true),
  ]),
];

/** Three minutes, since EventBridge may be some seconds late, and then a minute has no tick and the next has two. */
const missingInvocations = (name: string, functionName: string, consequence: string): AlarmSpec => ({
  name,
  section: name,
  isVital: true,
  description: `${functionName} has not run for 3 minutes: ${consequence}. Is its rule on, or is it throttled?`,
  metric: functionMetric(functionName, "Invocations"),
  breachesWhen: "below",
  threshold: 1,
  datapoints: 3,
  periods: 3,
  missingDataIs: "bad",
});

const lateTick = (names: Names): AlarmSpec => ({
  name: "late-tick",
  section: "late-tick",
  isVital: true,
  description: `${names.dispatcher} sends over a minute late. Is it throttled, or is more due than a tick can send?`,
  metric: { ...latenessMetric(names), statistic: Stats.MAXIMUM },
  breachesWhen: "above",
  threshold: 60_000,
  datapoints: 3,
  periods: 5,
  missingDataIs: "fine",
});

/**
 * Not `NumberOfMessagesSent`, which leaves out what SQS itself moves. One bad minute of three, so that the sweeper,
 * which hides the messages for seconds while it reads them, does not end the alarm.
 */
const deadLetters = (names: Names, lane: LaneName): AlarmSpec => ({
  name: `dead-letters-${lane}`,
  section: "dead-letters",
  isVital: true,
  description: `Runs of lane ${lane} are dead and wait for a person: read why in the run, then redrive it or not.`,
  metric: queueMetric(names.deadLetterQueue(lane), "ApproximateNumberOfMessagesVisible"),
  breachesWhen: "above",
  threshold: 0,
  datapoints: 1,
  periods: 3,
  missingDataIs: "fine",
});

/** A lane's visibility timeout: by then a delivery that was made has been answered, or its worker was killed. */
const oldMessage = (names: Names, lane: LaneName): AlarmSpec => ({
  name: `old-message-${lane}`,
  section: "old-message",
  isVital: false,
  description: `Messages of lane ${lane} wait too long. Is the lane paused, or its share of concurrency too small?`,
  metric: queueMetric(names.queue(lane), "ApproximateAgeOfOldestMessage"),
  breachesWhen: "above",
  threshold: visibilityMs(lane) / 1_000,
  datapoints: 5,
  periods: 5,
  missingDataIs: "fine",
});

/** One crash is a run's affair: it is evidence in the run, and the sweeper repairs it. Crash upon crash is not. */
const errors = (role: string, functionName: string, isVital: boolean): AlarmSpec => ({
  name: `errors-${role}`,
  section: "errors",
  isVital,
  description: `${functionName} crashes again and again. A bad deployment, or a job that uses up memory? Read its logs.`,
  metric: functionMetric(functionName, "Errors"),
  breachesWhen: "above",
  threshold: 0,
  datapoints: 3,
  periods: 5,
  missingDataIs: "fine",
});

/** A short burst is normal while a deployment replaces environments. */
const throttles = (role: string, functionName: string, isVital: boolean): AlarmSpec => ({
  name: `throttles-${role}`,
  section: "throttles",
  isVital,
  description: `Lambda refuses to run ${functionName}: the account's concurrency is used up. Compare its quota with the stage.`,
  metric: functionMetric(functionName, "Throttles"),
  breachesWhen: "above",
  threshold: 0,
  datapoints: 3,
  periods: 5,
  missingDataIs: "fine",
});

const functionMetric = (FunctionName: string, metricName: string): MetricProps => ({
  namespace: "AWS/Lambda",
  metricName,
  dimensionsMap: { FunctionName },
  statistic: Stats.SUM,
});

const queueMetric = (QueueName: string, metricName: string): MetricProps => ({
  namespace: "AWS/SQS",
  metricName,
  dimensionsMap: { QueueName },
  statistic: Stats.MAXIMUM,
});
