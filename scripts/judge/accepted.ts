import type { Accepted } from "./verdict.ts";

/** Every finding of the judges that is not fixed, and why. One that matches nothing any more is an error. */
export const accepted: readonly Accepted[] = [
  {
    id: "W3005",
    type: "AWS::Lambda::Function",
    reason:
      "CDK makes each function wait for its role's policies by DependsOn, whether a reference says so or not.",
  },
  {
    id: "CKV_AWS_27",
    type: "AWS::SQS::Queue",
    stage: "dev",
    reason: "Encrypted under a key of SQS's own. One of the account costs $1 a month: hasOwnKey, as in prod.",
  },
  {
    id: "CKV_AWS_158",
    type: "AWS::Logs::LogGroup",
    stage: "dev",
    reason: "Encrypted under a key of CloudWatch's own. hasOwnKey, as in prod, brings one of the account.",
  },
  {
    id: "CKV_AWS_26",
    type: "AWS::SNS::Topic",
    stage: "dev",
    reason: "Alarms name resources and hold no data. With hasOwnKey, as in prod, the topic is encrypted.",
  },
  {
    id: "CKV_AWS_116",
    type: "AWS::Lambda::Function",
    reason:
      "Workers are fed by queues that have dead-letter queues. A tick that failed is made up for by the next one, and alarms report it.",
  },
  {
    id: "CKV_AWS_117",
    type: "AWS::Lambda::Function",
    reason:
      "Nothing that they ask is inside a VPC, and in one they would need a NAT gateway, at $32 a month, to reach AWS.",
  },
  {
    id: "CKV_AWS_115",
    type: "AWS::Lambda::Function",
    reason:
      "Workers are limited by their event source mappings, which poll less instead of throttling. Ticks can reserve executions where the account has enough: reservedTicks.",
  },
  {
    id: "CKV_AWS_173",
    type: "AWS::Lambda::Function",
    reason:
      "Lambda encrypts variables under a key of its own. They hold names and addresses; secrets are read at the start, by jobSecrets.",
  },
  {
    id: "CKV_AWS_33",
    type: "AWS::KMS::Key",
    stage: "prod",
    reason:
      "The principal is anyone, but only of this account and only through its tables and queues, as in the policies of the keys that AWS manages.",
  },
];
