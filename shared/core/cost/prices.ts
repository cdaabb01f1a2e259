/** When the prices below were read. */
export const pricedOn = "2026-11-21";

/**
 * Dollars in us-east-1: list prices without free tiers. The only place that has them. DynamoDB on demand since its cut
 * of 2024-11-01 (AWS Database Blog, "New Amazon DynamoDB lowers pricing for on-demand throughput"); Lambda on arm64
 * (aws.amazon.com/lambda/pricing); SQS standard queues (cloudburn.io/blog/amazon-sqs-pricing, 2026-03); logs (AWS
 * Compute Blog, tiers of 2025-05-01); alarms and custom metrics (aws.amazon.com/cloudwatch/pricing, as read by
 * signoz.io, 2026-02); KMS (aws.amazon.com/kms/pricing).
 */
export const prices = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  sqsRequest: 0.4e-6,
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: 13.3334e-6,
  logGb: 0.5,
  /** A month. An alarm on an expression counts once for each metric in it. */
  alarmMetric: 0.1,
  /** A month, for each set of dimensions. */
  customMetric: 0.3,
  /** A month. */
  key: 1,
  keyRequest: 3e-6,
} as const;

/** Of 30 days. */
export const minutesPerMonth = 30 * 24 * 60;
