import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { JobSecretSource } from "../shared/core/jobs/job-secrets.ts";
import type { LaneName } from "../shared/core/lane.ts";

/** The options in which deployments of the pipeline may differ. Everything else is the same in every stage. */
export interface Stage {
  /** Part of every fixed name: queues and functions are called `millrace-<stage>-…`. */
  readonly name: string;
  /**
   * Whether `cdk destroy` retains the tables and the key. Queues are always deleted: their names are fixed, so that
   * senders find them, and a retained queue would block the next deployment.
   */
  readonly keepsData: boolean;
  /**
   * Whether deletion protection is on for the stack and its tables. Enable it after the first deployment has succeeded:
   * before, it would prevent CloudFormation from rolling back a failure. Default: false.
   */
  readonly refusesDeletion?: boolean;
  /** Whether data is encrypted under a key of this account. See `encryption-key.ts` for benefits and costs. */
  readonly hasOwnKey: boolean;
  readonly logRetention: RetentionDays;
  readonly logLevel: "DEBUG" | "INFO";
  /**
   * Concurrent executions that Lambda allows this account in this region: quota L-B99A9384, 10 in a new account and
   * usually 1,000. A deployment succeeds with any quota, but with a lower one workers and ticks are throttled. See
   * README, "Deploy".
   */
  readonly accountConcurrency: number;
  /** Maximum number of concurrent batches of all workers together. Each lane receives its share, at least 2. */
  readonly workerConcurrency: number;
  /**
   * Concurrency reserved for the dispatcher and the sweeper, each. Lambda refuses a reservation unless 100 executions of
   * the account's quota stay unreserved. Default: none.
   */
  readonly reservedTicks?: number;
  /** Memory of every function, in MB. CPU comes with it: 1,769 MB is one core. */
  readonly memoryMb: number;
  /** Memory of individual lanes' workers, in MB, instead of `memoryMb`. */
  readonly laneMemoryMb?: Readonly<Partial<Record<LaneName, number>>>;
  readonly alarms: StageAlarms;
  /**
   * Variables for jobs, in every worker. Not for secrets: anyone who may read a function's configuration can read them.
   * Names used by the pipeline, Lambda or the runtime are refused.
   */
  readonly jobEnvironment: Readonly<Record<string, string>>;
  /**
   * Secrets for jobs, in every worker: names of variables, and where their values are stored. A worker reads the values
   * when it starts and sets the variables before its first handler runs, so read them in `run`, not at import. The
   * template contains only the locations, and logs redact the values. Workers that start after a change use the new
   * value.
   */
  readonly jobSecrets?: Readonly<Record<string, JobSecret>>;
  /** Additional permissions of the workers only, for AWS calls of their jobs. */
  readonly jobAccess?: readonly JobAccess[];
}

/** A `kmsKeyArn` is required only for a value that is encrypted under a customer-managed key. */
export type JobSecret = JobSecretSource & { readonly kmsKeyArn?: string };

/** An "Allow" statement of an IAM policy. */
export interface JobAccess {
  /** Such as `s3:GetObject`. */
  readonly actions: readonly string[];
  /** ARNs, such as `arn:aws:s3:::reports/*`. */
  readonly resources: readonly string[];
  /** As in IAM: `{ StringEquals: { "aws:ResourceTag/team": "reports" } }`. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Alarms go to a topic, which is an output of the stack. Set an address here, or subscribe to the topic. */
interface StageAlarms {
  /**
   * `vital`: missing or late ticks, throttled functions, crashing tick functions, dead runs. `all`: also old messages and
   * crashes of each lane. An alarm costs $0.10 a month.
   */
  readonly which: "vital" | "all";
  /** Receives one e-mail to confirm the subscription, then one at the start and end of each alarm. */
  readonly email?: string;
  /** An existing topic to use instead of the stage's own. It must allow CloudWatch alarms to publish. */
  readonly topicArn?: string;
  /**
   * Where the recipients of alarms can read this project's files, such as `https://github.com/you/millrace/blob/main`:
   * alarms link to `docs/runbook.md` there. Default: derived from `repository` in package.json, or else the path alone.
   */
  readonly docsUrl?: string;
}

export const stages = [
  {
    name: "dev",
    keepsData: false,
    hasOwnKey: false,
    logRetention: RetentionDays.ONE_WEEK,
    logLevel: "DEBUG",
    // Fits a new account: 2 batches for each of 4 lanes, and one tick each of dispatcher and sweeper.
    accountConcurrency: 10,
    workerConcurrency: 8,
    memoryMb: 512,
    alarms: { which: "vital" },
    jobEnvironment: {},
  },
  {
    name: "prod",
    keepsData: true,
    hasOwnKey: true,
    logRetention: RetentionDays.THREE_MONTHS,
    logLevel: "INFO",
    // Half of the usual quota.
    accountConcurrency: 1_000,
    workerConcurrency: 500,
    memoryMb: 1024,
    alarms: { which: "all" },
    jobEnvironment: {},
  },
] as const satisfies readonly Stage[];
