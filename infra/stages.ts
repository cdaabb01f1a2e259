import { RetentionDays } from "aws-cdk-lib/aws-logs";

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
  /** Memory of every function. CPU comes with it: 1,769 MB is one core. */
  readonly memoryMb: number;
  readonly alarms: StageAlarms;
  /** Variables for jobs, in every worker. Not for secrets: anyone who may read a function's settings reads these. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
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
