import { ArnFormat, Duration, Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { EventSourceMapping, type Function as LambdaFunction, RecursiveLoop } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { DispatcherEnv, PipelineEnv, SweeperEnv, WorkerEnv } from "../shared/aws/env.ts";
import { lanes as laneDefinitions, laneTimeoutMs } from "../shared/core/lane.ts";
import { namesOf } from "../shared/core/names.ts";
import { dueShards } from "../shared/core/shard.ts";
import { dispatcherAccess, type Parts, sweeperAccess, workerAccess } from "./access.ts";
import type { Bundles } from "./bundle.ts";
import type { LaneQueues } from "./lanes.ts";
import { PipelineFunction, type PipelineFunctionProps } from "./pipeline-function.ts";
import type { Stage } from "./stages.ts";

export interface FunctionsProps extends Parts {
  readonly stage: Stage;
  readonly key: IKey | undefined;
  readonly bundles: Bundles;
}

/** The dispatcher, the sweeper, and one worker per lane with the mapping that feeds it. */
export class Functions extends Construct {
  readonly dispatcher: LambdaFunction;
  readonly sweeper: LambdaFunction;

  constructor(scope: Construct, props: FunctionsProps) {
    super(scope, "Functions");
    this.dispatcher = new PipelineFunction(this, "Dispatcher", dispatcher(this, props)).lambda;
    this.sweeper = new PipelineFunction(this, "Sweeper", sweeper(props)).lambda;
    for (const lane of props.lanes.all) {
      const { lambda } = new PipelineFunction(this, `Worker-${lane.name}`, worker(props, lane));
      feed(lambda, lane, props.stage);
    }
  }
}

/**
 * A tick may hand each shard to an invocation of its own, which finds nobody's concurrency in its way where any is
 * reserved. Those hand over nothing, so that the chain has two links: Lambda's stop to recursion, at about 16, stays on.
 */
const dispatcher = (scope: Construct, props: FunctionsProps): PipelineFunctionProps => ({
  ...ticked(props.stage, dueShards),
  key: props.key,
  functionName: namesOf(props.stage.name).dispatcher,
  description: "Turns due schedules and parked runs into messages",
  bundle: props.bundles.dispatcher,
  environment: pipelineEnvironment(props) satisfies DispatcherEnv,
  access: dispatcherAccess(props, functionArn(scope, namesOf(props.stage.name).dispatcher)),
});

/** Made of the name: a role that refers to its function, which refers to its role, would be a circle. */
const functionArn = (scope: Construct, resourceName: string): string =>
  Stack.of(scope).formatArn({
    service: "lambda",
    resource: "function",
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

const sweeper = (props: FunctionsProps): PipelineFunctionProps => ({
  ...ticked(props.stage),
  key: props.key,
  functionName: namesOf(props.stage.name).sweeper,
  description: "Finds runs whose message is missing or whose worker died, and repairs them",
  bundle: props.bundles.sweeper,
  environment: pipelineEnvironment(props) satisfies SweeperEnv,
  access: sweeperAccess(props),
});

/**
 * A tick ends before the next begins. Two at once do no harm, since every entry is taken by a conditional write, but
 * they would do the same reads twice. Reserved concurrency is for the opposite: that busy neighbours in the account
 * cannot stop the clock. Two, so that a tick that comes twice need not wait.
 * @param helpers invocations that one tick may ask to help it
 */
const ticked = (stage: Stage, helpers = 0) => ({
  stage,
  timeout: Duration.seconds(55),
  ...(stage.reservedTicks && { reservedConcurrency: stage.reservedTicks + helpers }),
});

/**
 * No reserved concurrency here: Lambda would throttle what it has polled, and count that as a receive. The mapping's
 * own limit polls less instead. And no stop to recursion: Lambda ends a chain of runs that enqueue runs after about 16,
 * as if it were a loop. Messages carry a count of hops, and the pipeline ends a loop by it.
 */
const worker = (props: FunctionsProps, lane: LaneQueues): PipelineFunctionProps => ({
  stage: props.stage,
  key: props.key,
  functionName: namesOf(props.stage.name).worker(lane.name),
  description: `Runs the jobs of lane ${lane.name}`,
  bundle: props.bundles.worker,
  timeout: Duration.millis(laneTimeoutMs(lane.name)),
  recursiveLoop: RecursiveLoop.ALLOW,
  environment: {
    ...props.stage.jobEnvironment,
    ...({ ...pipelineEnvironment(props), MILLRACE_LANE: lane.name } satisfies WorkerEnv),
  },
  access: workerAccess(props, lane),
});

/** No batching window: it would hold a lone message back for up to 20 seconds. */
const feed = (worker: LambdaFunction, { name, queue }: LaneQueues, stage: Stage): void => {
  new EventSourceMapping(worker, "Lane", {
    target: worker,
    eventSourceArn: queue.queueArn,
    batchSize: 10,
    reportBatchItemFailures: true,
    maxConcurrency: laneConcurrency(stage.workerConcurrency, name),
  });
};

/** A lane's part of a stage's concurrency; AWS asks for at least 2. */
export const laneConcurrency = (total: number, lane: LaneQueues["name"]): number => {
  const share = laneDefinitions.find(({ name }) => name === lane)?.share ?? 0;
  return Math.max(2, Math.floor(total * share));
};

const pipelineEnvironment = ({ stage, tables, lanes }: FunctionsProps) =>
  ({
    MILLRACE_STAGE: stage.name,
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
