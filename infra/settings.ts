import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IParameter } from "aws-cdk-lib/aws-ssm";
import type { LaneName } from "../shared/core/lane.ts";
import { withoutUndefined } from "../shared/core/without-undefined.ts";

/** The settings in which pipelines may differ. The defaults fit a new account and cost the least. */
export interface PipelineSettings {
  /**
   * The stage that clients and the CLI name: `MILLRACE_STAGE`, `--stage`. Part of every fixed name: queues and functions
   * are called `millrace-<name>-…`. Lowercase letters, digits and single hyphens, at most 39 characters, unique in an
   * account and region. Default: the names of the stack and of the construct, such as `shop-jobs`.
   */
  readonly name?: string;
  /**
   * Whether `cdk destroy` retains the tables and the key. Queues are always deleted: their names are fixed, so that
   * senders find them, and a retained queue would block the next deployment. Default: false.
   */
  readonly keepsData?: boolean;
  /**
   * Whether deletion protection is on for the tables. Enable it after the first deployment has succeeded: before, it
   * would prevent CloudFormation from rolling back a failure. Default: false.
   */
  readonly refusesDeletion?: boolean;
  /**
   * Whether data is encrypted under a key of this account. See `encryption-key.ts` for benefits and costs. The stack
   * needs a region then: `env: { region }`. Default: false.
   */
  readonly hasOwnKey?: boolean;
  /** Default: one week. */
  readonly logRetention?: RetentionDays;
  /** Default: `DEBUG`. */
  readonly logLevel?: "DEBUG" | "INFO";
  /**
   * Concurrent executions that Lambda allows this account in this region: quota L-B99A9384, 10 in a new account and
   * usually 1,000. A deployment succeeds with any quota, but with a lower one workers and ticks are throttled. See
   * docs/deploy.md. Default: 10.
   */
  readonly accountConcurrency?: number;
  /**
   * Maximum number of concurrent batches of all workers together. Each lane receives its share, at least 2.
   * Default: 8, the least.
   */
  readonly workerConcurrency?: number;
  /**
   * Concurrency reserved for the dispatcher and the sweeper, each. Lambda refuses a reservation unless 100 executions of
   * the account's quota stay unreserved. Default: none.
   */
  readonly reservedTicks?: number;
  /** Memory of every function, in MB. CPU comes with it: 1,769 MB is one core. Default: 512. */
  readonly memoryMb?: number;
  /** What individual lanes have instead of their share. */
  readonly lanes?: Readonly<Partial<Record<LaneName, LaneSettings>>>;
  readonly alarms?: AlarmSettings;
  /**
   * Variables for jobs, in every worker. Not for secrets: anyone who may read a function's configuration can read them.
   * Names used by the pipeline, Lambda or the runtime are refused.
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Secrets for jobs, in every worker: names of variables, and where their values are stored. A worker reads the values
   * when it starts and sets the variables before its first handler runs, so read them in `run`, not at import. The
   * template contains only the locations, and logs redact the values. Workers that start after a change use the new
   * value. A secret that does not exist is found when a worker starts, not by the deployment: see docs/deploy.md.
   */
  readonly secrets?: Readonly<Record<string, JobSecret>>;
  /** Additional permissions of the workers only, for AWS calls of their jobs. Or grant to `workers` of the pipeline. */
  readonly access?: readonly JobAccess[];
  /** Where all functions run. Default: in no VPC. */
  readonly vpc?: VpcSettings;
}

export interface LaneSettings {
  /** Memory of the lane's worker, in MB. */
  readonly memoryMb?: number;
  /** Maximum number of concurrent batches, part of `workerConcurrency`. */
  readonly concurrency?: number;
}

/**
 * A value in Secrets Manager or in SSM's Parameter Store. `field` is the member of a secret that is a JSON object. A
 * `kmsKeyArn` is required only for a value that is named by text and encrypted under a customer-managed key.
 */
export type JobSecret =
  | { readonly secret: ISecret | string; readonly field?: string; readonly kmsKeyArn?: string }
  | { readonly parameter: IParameter | string; readonly kmsKeyArn?: string };

/** An "Allow" statement of an IAM policy. */
export interface JobAccess {
  /** Such as `s3:GetObject`. */
  readonly actions: readonly string[];
  /** ARNs, such as `arn:aws:s3:::reports/*`. */
  readonly resources: readonly string[];
  /** As in IAM: `{ StringEquals: { "aws:ResourceTag/team": "reports" } }`. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Alarms go to a topic, `topic` of the pipeline. Set an address here, or subscribe to the topic. */
export interface AlarmSettings {
  /**
   * `vital`: missing or late ticks, throttled functions, crashing tick functions, dead runs. `all`: also old messages and
   * crashes of each lane. An alarm costs $0.10 a month. Default: `vital`.
   */
  readonly which?: "vital" | "all";
  /** Receives one e-mail to confirm the subscription, then one at the start and end of each alarm. */
  readonly email?: string;
  /** An existing topic, or its ARN, to use instead of the pipeline's own. It must allow CloudWatch alarms to publish. */
  readonly topic?: ITopic | string;
  /**
   * Where the recipients of alarms can read Millrace's documentation, such as
   * `https://github.com/you/millrace/blob/main`: alarms link to `docs/runbook.md` there. Default: the repository of the
   * package, or else the path of the file in it.
   */
  readonly docsUrl?: string;
}

/**
 * A VPC for the functions. They call SQS, DynamoDB and Lambda, and with `secrets` also Secrets Manager or SSM. So the
 * subnets need a NAT gateway, or endpoints of these services. Subnets that are public reach none of them.
 */
export interface VpcSettings {
  readonly vpc: IVpc;
  /** Default: the private subnets that have a way out. */
  readonly subnets?: SubnetSelection;
  /** Default: one of the pipeline's own, see its `connections`. */
  readonly securityGroups?: readonly ISecurityGroup[];
}

const defaults = {
  keepsData: false,
  refusesDeletion: false,
  hasOwnKey: false,
  logRetention: RetentionDays.ONE_WEEK,
  logLevel: "DEBUG",
  // Fits a new account: 2 batches for each of 4 lanes, and one tick each of dispatcher and sweeper.
  accountConcurrency: 10,
  workerConcurrency: 8,
  memoryMb: 512,
  lanes: {},
  alarms: {},
  environment: {},
  secrets: {},
  access: [],
} as const satisfies PipelineSettings;

type WithDefault = keyof typeof defaults;

/** The settings of one pipeline, complete. */
export type Settings = PipelineSettings &
  Required<Pick<PipelineSettings, WithDefault>> & { readonly name: string };

export const withDefaults = (settings: PipelineSettings & { readonly name: string }): Settings => ({
  ...defaults,
  ...withoutUndefined(settings),
});
