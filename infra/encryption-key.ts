import { ArnFormat, Stack } from "aws-cdk-lib";
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { namesOf } from "../shared/core/names.ts";
import { removalPolicyOf } from "./removal-policy.ts";
import type { Settings } from "./settings.ts";

/**
 * Creates one key for a pipeline's tables, queues, logs and alarms. Without it they are encrypted too, under keys that AWS
 * owns, free of charge. A customer-managed key can be disabled, is rotated every year, and records each use in
 * CloudTrail. It costs $1 a month and $0.03 per 10,000 requests. Services cache data keys (DynamoDB for 5 minutes, a
 * queue for the hour that `lanes.ts` sets), so the number of requests does not grow with the number of runs.
 *
 * Its policy is like that of AWS-managed keys: a principal of this account that may use a table or a queue may also use
 * the key, but only through that service. So functions need no grant on the key and have the same grants in every
 * pipeline, and a sender in another language needs only `sqs:SendMessage`.
 */
export const encryptionKey = (scope: Construct, settings: Settings): Key => {
  const stack = Stack.of(scope);
  const key = new Key(scope, "Key", {
    alias: namesOf(settings.name).stack,
    description: `Millrace ${settings.name}: tables, queues, logs, alarms`,
    enableKeyRotation: true,
    removalPolicy: removalPolicyOf(settings),
  });
  for (const statement of [throughTablesAndQueues(stack), byLogs(stack, settings), byAlarms(stack)]) {
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

/** In a key policy, "*" means the key itself. */
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

const byLogs = (stack: Stack, settings: Settings): PolicyStatement => {
  const logGroups = stack.formatArn({
    service: "logs",
    resource: "log-group",
    resourceName: `/aws/lambda/${namesOf(settings.name).stack}-*`,
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

/** Without this, an alarm that may not use its topic's key fails to publish, silently. */
const byAlarms = ({ account }: Stack): PolicyStatement =>
  new PolicyStatement({
    sid: "ByAlarms",
    principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    resources,
    conditions: { StringEquals: { "aws:SourceAccount": account } },
  });
