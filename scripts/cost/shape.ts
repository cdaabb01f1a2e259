import * as z from "zod";
import type { IdleShape } from "../../shared/core/cost/idle-shape.ts";

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

const tick = z.object({
  ScheduleExpression: z.literal("rate(1 minute)"),
  Targets: z.array(z.object({ Arn: z.object({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) }) })),
});

/**
 * Counts the resources of a template that cost something while idle.
 * @param synthesized a CloudFormation template, as JSON
 * @throws ZodError when it is not a template, or when a rule does anything but invoke a function every minute
 */
export const idleShapeOf = (synthesized: unknown): IdleShape => {
  const { Resources } = template.parse(synthesized);
  const all = (type: string) =>
    Object.values(Resources).flatMap((one) => (one.Type === type ? [one.Properties] : []));
  const rules = all("AWS::Events::Rule").map((rule) => tick.parse(rule));
  const functions = rules.flatMap(({ Targets }) => Targets.map(({ Arn }) => Arn["Fn::GetAtt"][0]));
  return {
    alarmMetrics: sum(all("AWS::CloudWatch::Alarm").map(metricsOf)),
    customMetrics: sum(all("AWS::Logs::MetricFilter").map(transformationsOf)),
    mappings: all("AWS::Lambda::EventSourceMapping").length,
    tickMemoryMb: functions.map((id) => memoryOf(Resources[id]?.Properties)),
    keys: all("AWS::KMS::Key").length,
  };
};

/** An alarm on a single metric names it. An alarm on an expression lists its metrics and the expression. */
const metricsOf = (alarm: unknown): number =>
  z
    .object({ Metrics: z.array(z.unknown()).default([{ MetricStat: {} }]) })
    .parse(alarm)
    .Metrics.filter((metric) => z.object({ MetricStat: z.unknown() }).safeParse(metric).success).length;

const transformationsOf = (filter: unknown): number =>
  z.object({ MetricTransformations: z.array(z.unknown()) }).parse(filter).MetricTransformations.length;

const memoryOf = (properties: unknown): number =>
  z.object({ MemorySize: z.number() }).parse(properties).MemorySize;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
