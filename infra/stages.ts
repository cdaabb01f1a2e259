import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { JobSecretSource } from "../shared/core/jobs/job-secrets.ts";
import type { LaneName } from "../shared/core/lane.ts";

/** What may differ between one deployment of the pipeline and another. All else is the same in every stage. */
export interface Stage {
  /** Part of every fixed name: queues and functions are called `millrace-<stage>-…`. */
  readonly name: string;
  /**
   * Whether `cdk destroy` leaves the tables and the key behind. The queues go in any case: their names are fixed, so
   * that senders find them, and a queue that was left behind would block the next deployment.
   */
  readonly keepsData: boolean;
  /**
   * Whether the stack and its tables refuse to be deleted. Switch it on once the first deployment has succeeded: until
   * then it would keep CloudFormation from clearing away what failed. Default: no.
   */
  readonly refusesDeletion?: boolean;
  /** Whether data is encrypted under a key of this account: see `encryption-key.ts` for what that buys and costs. */
  readonly hasOwnKey: boolean;
  readonly logRetention: RetentionDays;
  readonly logLevel: "DEBUG" | "INFO";
  /**
   * Concurrent executions that Lambda allows this account in this region: the quota L-B99A9384. It is 10 in a new
   * account and 1,000 as a rule. Deploying works with any quota, but workers that the quota stops are throttled, and
   * so are the ticks then. See README, "Deploy".
   */
  readonly accountConcurrency: number;
  /** Batches that the workers of all lanes run at once, together. Each lane gets its share of it, at least 2. */
  readonly workerConcurrency: number;
  /**
   * Ticks of the dispatcher and of the sweeper, each, that nothing else in the account can take away. Lambda refuses
   * any unless 100 executions of the account's quota stay unreserved. Default: none reserved.
   */
  readonly reservedTicks?: number;
  /** Memory of every function, in MB. CPU comes with it: 1,769 MB is one core. */
  readonly memoryMb: number;
  /** Memory of single lanes' workers, in MB, in place of `memoryMb`. */
  readonly laneMemoryMb?: Readonly<Partial<Record<LaneName, number>>>;
  readonly alarms: StageAlarms;
  /**
   * Variables for jobs, in every worker. Not for secrets: anyone who may read a function's settings reads these. Names
   * that the pipeline, Lambda or the runtime use are refused.
   */
  readonly jobEnvironment: Readonly<Record<string, string>>;
  /**
   * Secrets for jobs, in every worker: variables, and where their values are kept. Each worker reads them when it starts
   * and sets the variables before its first handler runs, so read them in `run`, not when a module loads. The template
   * has the places, never the values, and logs show neither. A changed value is seen by workers that start after it.
   */
  readonly jobSecrets?: Readonly<Record<string, JobSecret>>;
  /** What the workers, and no other function, may do besides their own work: their jobs' calls of AWS. */
  readonly jobAccess?: readonly JobAccess[];
}

/** A `kmsKeyArn` is needed only if the value is encrypted under a key of this account, and not under AWS's own. */
export type JobSecret = JobSecretSource & { readonly kmsKeyArn?: string };

/** A statement of an IAM policy that allows something. */
export interface JobAccess {
  /** Such as `s3:GetObject`. */
  readonly actions: readonly string[];
  /** ARNs, such as `arn:aws:s3:::reports/*`. */
  readonly resources: readonly string[];
  /** As in IAM: `{ StringEquals: { "aws:ResourceTag/team": "reports" } }`. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Alarms go to a topic, an output of the stack. Without an address here, people subscribe to it by themselves. */
interface StageAlarms {
  /**
   * `vital`: ticks that are missing or late, functions throttled, a tick function that crashes, dead runs. `all`: also
   * old messages and crashes of each lane. An alarm costs $0.10 a month.
   */
  readonly which: "vital" | "all";
  /** Gets one mail to confirm, and from then on one at each alarm's start and end. */
  readonly email?: string;
  /** A topic that exists, instead of the stage's own. It must allow CloudWatch alarms to publish. */
  readonly topicArn?: string;
  /**
   * Where the people who get alarms can read this project, such as `https://github.com/you/millrace/blob/main`: alarms
   * link to `docs/runbook.md` there. Default: made of `repository` in package.json, or else the path alone.
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
    // Fits into a new account: 2 batches for each of 4 lanes, and one tick each of dispatcher and sweeper.
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
    // Half of what a region gives an account that has asked for no more.
    accountConcurrency: 1_000,
    workerConcurrency: 500,
    memoryMb: 1024,
    alarms: { which: "all" },
    jobEnvironment: {},
  },
] as const satisfies readonly Stage[];
