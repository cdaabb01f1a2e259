import { type MetricProps, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { type LaneName, laneNames, visibilityMs } from "../shared/core/lane.ts";
import type { Names } from "../shared/core/names.ts";

/** An alarm that is raised when the metric breaches `threshold` in `datapoints` of the last `periods` minutes. */
export interface AlarmSpec {
  /** The last part of the alarm's name. */
  readonly name: string;
  /** The section of docs/runbook.md that explains what to do. */
  readonly section: string;
  /** Whether every stage has it: it signals that the pipeline as a whole fails, or that runs are dead. */
  readonly isVital: boolean;
  /** What is wrong, and what to check first. */
  readonly description: string;
  readonly metric: MetricProps;
  readonly breachesWhen: "above" | "below";
  readonly threshold: number;
  readonly datapoints: number;
  readonly periods: number;
  /** How a minute without data is treated. */
  readonly missingDataIs: "ok" | "breaching";
}

/** The maximum lateness of a minute's ticks. `alarms.ts` derives this metric from the dispatcher's log lines. */
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
    // Not vital, because a throttled tick function also raises the alarm for a missing tick.
    throttles(role, names[role], false),
  ]),
  ...laneNames.flatMap((lane) => [
    errors(`worker-${lane}`, names.worker(lane), false),
    throttles(`worker-${lane}`, names.worker(lane), true),
  ]),
];

/** Three minutes, because a late event can leave one minute without a tick and put two into the next. */
const missingInvocations = (name: string, functionName: string, consequence: string): AlarmSpec => ({
  name,
  section: name,
  isVital: true,
  description: `${functionName} has not run for 3 minutes: ${consequence}. Is its rule enabled? Is it throttled?`,
  metric: functionMetric(functionName, "Invocations"),
  breachesWhen: "below",
  threshold: 1,
  datapoints: 3,
  periods: 3,
  missingDataIs: "breaching",
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
  missingDataIs: "ok",
});

/**
 * Does not use `NumberOfMessagesSent`, which leaves out messages that SQS itself moves. One datapoint of three periods
 * suffices: the sweeper hides the messages for seconds while it reads them, and that must not end the alarm.
 */
const deadLetters = (names: Names, lane: LaneName): AlarmSpec => ({
  name: `dead-letters-${lane}`,
  section: "dead-letters",
  isVital: true,
  description: `Runs of lane ${lane} are dead. Read the reason in each run, then redrive it or discard its dead letter.`,
  metric: queueMetric(names.deadLetterQueue(lane), "ApproximateNumberOfMessagesVisible"),
  breachesWhen: "above",
  threshold: 0,
  datapoints: 1,
  periods: 3,
  missingDataIs: "ok",
});

/** The threshold is the lane's visibility timeout: by then a delivery was acknowledged, or its worker was killed. */
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
  missingDataIs: "ok",
});

/** A single crash is recorded in its run, and the sweeper rescues the run. Repeated crashes raise the alarm. */
const errors = (role: string, functionName: string, isVital: boolean): AlarmSpec => ({
  name: `errors-${role}`,
  section: "errors",
  isVital,
  description: `${functionName} crashes repeatedly. Is it a bad deployment, or a job that uses up the memory? Read its logs.`,
  metric: functionMetric(functionName, "Errors"),
  breachesWhen: "above",
  threshold: 0,
  datapoints: 3,
  periods: 5,
  missingDataIs: "ok",
});

/** A short burst is normal while a deployment replaces environments. */
const throttles = (role: string, functionName: string, isVital: boolean): AlarmSpec => ({
  name: `throttles-${role}`,
  section: "throttles",
  isVital,
  description: `Lambda throttles ${functionName}: the account's concurrency is used up. Compare its quota with the stage.`,
  metric: functionMetric(functionName, "Throttles"),
  breachesWhen: "above",
  threshold: 0,
  datapoints: 3,
  periods: 5,
  missingDataIs: "ok",
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
