import type { Accepted } from "./verdict.ts";

/** The findings that are not fixed, with reasons. An entry that matches no finding is an error. */
export const accepted: readonly Accepted[] = [
  {
    id: "W3005",
    type: "AWS::Lambda::Function",
    reason:
      "CDK adds DependsOn from each function to its role's policies, even where a reference already implies it.",
  },
  {
    id: "CKV_AWS_27",
    type: "AWS::SQS::Queue",
    stage: "dev",
    reason: "Encrypted under SQS's own key. A customer-managed key costs $1 a month: hasOwnKey, as in prod.",
  },
  {
    id: "CKV_AWS_158",
    type: "AWS::Logs::LogGroup",
    stage: "dev",
    reason:
      "Encrypted under CloudWatch's own key. With hasOwnKey, as in prod, it uses a customer-managed key.",
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
      "Workers receive from queues that have dead-letter queues. The next tick does the work of a failed one, and alarms report it.",
  },
  {
    id: "CKV_AWS_117",
    type: "AWS::Lambda::Function",
    reason:
      "They access nothing inside a VPC, and in one they would need a NAT gateway, at $32 a month, to reach AWS.",
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
      "Lambda encrypts variables under its own key. They contain names and addresses; secrets are read at the start, by secrets.",
  },
  {
    id: "CKV_AWS_33",
    type: "AWS::KMS::Key",
    stage: "prod",
    reason:
      "The principal is anyone, but only of this account and only through its tables and queues, as in the policies of the keys that AWS manages.",
  },
];
