import { RetentionDays } from "aws-cdk-lib/aws-logs";

/** What may differ between one deployment of the pipeline and another. All else is the same in every stage. */
export interface Stage {
  /** Part of every name: tables, queues and functions are called `millrace-<stage>-…`. */
  readonly name: string;
  /**
   * Whether `cdk destroy` leaves tables, queues and the key behind, and tables and stack refuse deletion. Queues are
   * data: a message sent straight to a lane is nowhere else until a worker has claimed it.
   */
  readonly keepsData: boolean;
  /** Whether data is encrypted under a key of this account: see `encryption-key.ts` for what that buys and costs. */
  readonly hasOwnKey: boolean;
  readonly logRetention: RetentionDays;
  readonly logLevel: "DEBUG" | "INFO";
  /** Batches that the workers of all lanes run at once, together. Each lane gets its share of it, at least 2. */
  readonly workerConcurrency: number;
  /**
   * Ticks of the dispatcher and of the sweeper, each, that nothing else in the account can take away; the dispatcher
   * has one invocation per shard besides. Lambda refuses any in a new account, which may run 10 functions at once, and must keep 100 unreserved.
   */
  readonly reservedTicks?: number;
  /** Memory of every function. CPU comes with it: 1,769 MB is one core. */
  readonly memoryMb: number;
  /** Whether alarms go to the topic `millrace-<stage>-alarms`, for people to subscribe to. */
  readonly hasAlarmTopic: boolean;
  /** Variables for jobs, in every worker. Not for secrets: anyone who may read a function's settings reads these. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
}

export const stages = [
  {
    name: "dev",
    keepsData: false,
    hasOwnKey: false,
    logRetention: RetentionDays.ONE_WEEK,
    logLevel: "DEBUG",
    workerConcurrency: 20,
    memoryMb: 512,
    hasAlarmTopic: false,
    jobEnvironment: {},
  },
  {
    name: "prod",
    keepsData: true,
    hasOwnKey: true,
    logRetention: RetentionDays.THREE_MONTHS,
    logLevel: "INFO",
    // Half of what a region gives an account that has asked for no more.
    workerConcurrency: 500,
    reservedTicks: 2,
    memoryMb: 1024,
    hasAlarmTopic: true,
    jobEnvironment: {},
  },
] as const satisfies readonly Stage[];
