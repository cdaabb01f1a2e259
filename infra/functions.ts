import { ArnFormat, Duration, Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { EventSourceMapping, type Function as LambdaFunction, RecursiveLoop } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { DispatcherEnv, PipelineEnv, SweeperEnv, WorkerEnv } from "../shared/aws/env.ts";
import { laneTimeoutMs } from "../shared/core/lane.ts";
import { namesOf } from "../shared/core/names.ts";
import { dispatcherAccess, type Resources, sweeperAccess, workerAccess } from "./access.ts";
import type { Bundles } from "./bundle.ts";
import { concurrencyOf, reservedConcurrency } from "./concurrency.ts";
import { allowJobs, jobSecretsVariable } from "./job-options.ts";
import type { LaneQueues } from "./lanes.ts";
import type { Network } from "./network.ts";
import { PipelineFunction, type PipelineFunctionProps } from "./pipeline-function.ts";
import type { Settings } from "./settings.ts";
import { Workers } from "./workers.ts";

export interface FunctionsProps extends Resources {
  readonly settings: Settings;
  readonly key: IKey | undefined;
  /** Undefined when CDK does not need the code: see `Pipeline`. */
  readonly bundles: Bundles | undefined;
  readonly network: Network | undefined;
}

/** The dispatcher, the sweeper, and one worker per lane with its event source mapping. */
export class Functions extends Construct {
  readonly dispatcher: LambdaFunction;
  readonly sweeper: LambdaFunction;
  readonly workers: Workers;

  constructor(scope: Construct, props: FunctionsProps) {
    super(scope, "Functions");
    this.dispatcher = new PipelineFunction(this, "Dispatcher", dispatcher(this, props)).lambda;
    this.sweeper = new PipelineFunction(this, "Sweeper", sweeper(props)).lambda;
    const workers = props.lanes.all.map((lane) => {
      const { lambda } = new PipelineFunction(this, `Worker-${lane.name}`, worker(props, lane));
      connectQueue(lambda, lane, props.settings);
      return lambda;
    });
    this.workers = new Workers(this, workers);
    allowJobs(this, props.settings, this.workers);
  }
}

/**
 * A tick may fan out to one invocation per shard, where the account has room for them. Those invocations do not fan out
 * again, so the chain has length two and Lambda's recursion detection, at about 16, stays enabled.
 */
const dispatcher = (scope: Construct, props: FunctionsProps): PipelineFunctionProps => {
  const functionName = namesOf(props.settings.name).dispatcher;
  const hasHelpers = concurrencyOf(props.settings).helpers > 0;
  return {
    ...tickFunctionProps(props, "dispatcher"),
    functionName,
    description: "Turns due schedules and parked runs into messages",
    bundle: props.bundles?.dispatcher,
    environment: {
      ...pipelineEnvironment(props),
      MILLRACE_FAN_OUT: hasHelpers ? "on" : "off",
    } satisfies DispatcherEnv,
    access: dispatcherAccess(props, hasHelpers ? functionArn(scope, functionName) : undefined),
  };
};

/** Built from the name: a role that refers to its function, which refers to its role, would be a circular reference. */
const functionArn = (scope: Construct, resourceName: string): string =>
  Stack.of(scope).formatArn({
    service: "lambda",
    resource: "function",
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

const sweeper = (props: FunctionsProps): PipelineFunctionProps => ({
  ...tickFunctionProps(props, "sweeper"),
  functionName: namesOf(props.settings.name).sweeper,
  description: "Finds runs whose message is missing or whose worker died, and rescues them",
  bundle: props.bundles?.sweeper,
  environment: pipelineEnvironment(props) satisfies SweeperEnv,
  access: sweeperAccess(props),
});

/**
 * A tick ends before the next begins. Two concurrent ticks are harmless, because every entry is taken by a conditional
 * write, but they would repeat the same reads. Reserved concurrency protects ticks from other functions of the account.
 */
const tickFunctionProps = ({ settings, key, network }: FunctionsProps, role: "dispatcher" | "sweeper") => {
  const reserved = reservedConcurrency(settings);
  return {
    settings,
    key,
    network,
    timeout: Duration.seconds(55),
    ...(reserved && { reservedConcurrency: reserved[role] }),
  };
};

/**
 * Has no reserved concurrency: Lambda would throttle messages that it has already polled, which counts as a receive.
 * The mapping's own limit polls less instead. Has no recursion detection: Lambda would stop a chain of runs that
 * enqueue runs after about 16. Messages carry their chain depth, by which the pipeline itself ends a loop.
 */
const worker = (props: FunctionsProps, lane: LaneQueues): PipelineFunctionProps => ({
  settings: props.settings,
  key: props.key,
  network: props.network,
  functionName: namesOf(props.settings.name).worker(lane.name),
  description: `Runs the jobs of lane ${lane.name}`,
  bundle: props.bundles?.worker,
  timeout: Duration.millis(laneTimeoutMs(lane.name)),
  recursiveLoop: RecursiveLoop.ALLOW,
  memoryMb: props.settings.lanes[lane.name]?.memoryMb ?? props.settings.memoryMb,
  environment: {
    ...props.settings.environment,
    ...({
      ...pipelineEnvironment(props),
      ...jobSecretsVariable(props.settings),
      MILLRACE_LANE: lane.name,
    } satisfies WorkerEnv),
  },
  access: workerAccess(props, lane),
});

/** Without a batching window, which would delay a single message by up to 20 seconds. */
const connectQueue = (worker: LambdaFunction, { name, queue }: LaneQueues, settings: Settings): void => {
  new EventSourceMapping(worker, "Lane", {
    target: worker,
    eventSourceArn: queue.queueArn,
    batchSize: 10,
    reportBatchItemFailures: true,
    maxConcurrency: concurrencyOf(settings).workers[name],
  });
};

const pipelineEnvironment = ({ settings, tables, lanes }: FunctionsProps) =>
  ({
    MILLRACE_STAGE: settings.name,
    MILLRACE_RUNS_TABLE: tables.runs.tableName,
    MILLRACE_STATE_TABLE: tables.state.tableName,
    MILLRACE_QUEUE_CRITICAL: lanes.critical.queue.queueUrl,
    MILLRACE_QUEUE_HIGH: lanes.high.queue.queueUrl,
    MILLRACE_QUEUE_NORMAL: lanes.normal.queue.queueUrl,
    MILLRACE_QUEUE_LOW: lanes.low.queue.queueUrl,
    MILLRACE_DLQ_CRITICAL: lanes.critical.deadLetterQueue.queueUrl,
    MILLRACE_DLQ_HIGH: lanes.high.deadLetterQueue.queueUrl,
    MILLRACE_DLQ_NORMAL: lanes.normal.deadLetterQueue.queueUrl,
    MILLRACE_DLQ_LOW: lanes.low.deadLetterQueue.queueUrl,
  }) satisfies PipelineEnv;
