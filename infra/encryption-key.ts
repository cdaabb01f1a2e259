import { ArnFormat, type Stack } from "aws-cdk-lib";
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { namesOf } from "../shared/core/names.ts";
import { removalPolicyOf } from "./removal-policy.ts";
import type { Stage } from "./stages.ts";

/**
 * One key for a stage's tables, queues, logs and alarms. All of these are encrypted without it too, under keys that
 * AWS owns, for nothing. A key of one's own can be disabled, is rotated every year, and leaves a trace of each use in
 * CloudTrail. It costs $1 a month and $0.03 for 10,000 requests; services keep data keys (DynamoDB for 5 minutes, a
 * queue for the hour that `lanes.ts` sets), so that requests do not grow with the number of runs.
 *
 * Its policy is that of the keys AWS manages: whoever in this account may use the table or the queue may use the key,
 * but only through that service. So functions need no grant on the key, have the same grants in every stage, and a
 * sender in another language needs `sqs:SendMessage` and nothing more.
 */
export const encryptionKey = (stack: Stack, stage: Stage): Key => {
  const key = new Key(stack, "Key", {
    alias: namesOf(stage.name).stack,
    description: `Millrace ${stage.name}: tables, queues, logs, alarms`,
    enableKeyRotation: true,
    removalPolicy: removalPolicyOf(stage),
  });
  for (const statement of [throughTablesAndQueues(stack), byLogs(stack, stage), byAlarms(stack)]) {
    key.addToResourcePolicy(statement);
  }
  return key;
};

const usage = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];

/** In a key's policy, every resource is the key itself. */
const resources = ["*"];

const throughTablesAndQueues = ({ account, region, urlSuffix }: Stack): PolicyStatement =>
  new PolicyStatement({
    sid: "ThroughTablesAndQueues",
    principals: [new AnyPrincipal()],
    actions: usage,
    resources,
    conditions: {
      StringEquals: {
        "kms:CallerAccount": account,
        "kms:ViaService": [`dynamodb.${region}.${urlSuffix}`, `sqs.${region}.${urlSuffix}`],
      },
    },
  });

const byLogs = (stack: Stack, stage: Stage): PolicyStatement => {
  const logGroups = stack.formatArn({
    service: "logs",
    resource: "log-group",
    resourceName: `/aws/lambda/${namesOf(stage.name).stack}-*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return new PolicyStatement({
    sid: "ByLogs",
    principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
    actions: usage,
    resources,
    conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": logGroups } },
  });
};

/** An alarm that may not use the key of its topic is not sent, and says so nowhere. */
const byAlarms = ({ account }: Stack): PolicyStatement =>
  new PolicyStatement({
    sid: "ByAlarms",
    principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    resources,
    conditions: { StringEquals: { "aws:SourceAccount": account } },
  });
