import { setTimeout as wait } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Clients } from "../../shared/aws/clients.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { type LaneName, laneNames } from "../../shared/core/lane.ts";
import { access, arn, names, queueUrl } from "./address.ts";
import { startAsyncInvocations } from "./async-invocations.ts";
import { startClock } from "./clock.ts";
import { type LambdaFunction, startFunction } from "./function.ts";
import type { FunctionHost } from "./function-host.ts";
import {
  type Bundles,
  type Concurrency,
  type FunctionsOptions,
  functionConfigs,
  laneConcurrency,
} from "./functions.ts";
import type { LambdaApi } from "./lambda-api.ts";
import type { LongPolls } from "./long-polls.ts";
import { type Poller, startPoller } from "./poller.ts";
import { crashLine, releaseRuns } from "./release-runs.ts";

export interface DeploymentOptions extends FunctionsOptions {
  readonly tickMs?: number | undefined;
  readonly concurrency?: Concurrency | undefined;
  /** After how long without an invocation an environment ends. Default: never. */
  readonly idleMs?: number | undefined;
  /** The API through which the functions can be invoked by name. */
  readonly lambda: Pick<LambdaApi, "deploy">;
  readonly longPolls: LongPolls;
  readonly host: FunctionHost;
}

/** The functions, and everything that invokes them. */
export interface Deployment {
  /**
   * Deploys another version of the functions, whose dispatcher ticks at once: it reconciles the schedules. Running
   * invocations end on the version that they started with.
   * @returns a promise that resolves when no earlier version runs any more
   */
  update(bundles: Bundles): Promise<void>;
  /** Accepts no more work, gives running invocations `drainMs` to end, then kills them. */
  stop(drainMs: number): Promise<void>;
  /** Ends a waiting `stop` immediately. */
  kill(): void;
}

export const startDeployment = (options: DeploymentOptions): Deployment => {
  const { env, host, idleMs, tickMs = 60_000 } = options;
  const configs = functionConfigs(options);
  const clients = {
    sqs: new SQSClient({ ...access, endpoint: env.AWS_ENDPOINT_URL_SQS }),
    dynamodb: new DynamoDBClient({ ...access, endpoint: env.AWS_ENDPOINT_URL_DYNAMODB }),
  };
  const lanes = laneNames.map((lane) => {
    const worker = startFunction(configs.worker(lane), host, idleMs);
    return { lane, worker, poller: connectQueue(worker, lane, clients, options) };
  });
  // Of the two that work for moments each minute, one process stays: both would take 90 MB more, none 0.7 % of a core.
  const dispatcher = startFunction(configs.dispatcher, host);
  const sweeper = startFunction(configs.sweeper, host, idleMs === undefined ? undefined : 0);
  const tickFunctions = [dispatcher, sweeper];
  const functions = [...tickFunctions, ...lanes.map(({ worker }) => worker)];
  const invocable = functions.map((each) => ({
    ...each,
    ...startAsyncInvocations(each, maxAsyncInvocations),
  }));
  options.lambda.deploy(invocable);
  const clock = startClock({ targets: tickFunctions, everyMs: tickMs });
  let latest = options.bundles;
  const update = async (bundles: Bundles): Promise<void> => {
    latest = bundles;
    const next = functionConfigs({ ...options, bundles });
    const isReconciling = dispatcher.isBusy();
    const [dispatcherUpdated, ...others] = [
      dispatcher.update(next.dispatcher),
      sweeper.update(next.sweeper),
      ...lanes.map(({ lane, worker }) => worker.update(next.worker(lane))),
    ];
    clock.tick(dispatcher);
    await dispatcherUpdated;
    if (isReconciling && latest === bundles) {
      // The earlier dispatcher may have stored its schedules last. Another process reconciles at its first tick.
      void dispatcher.update({ ...next.dispatcher });
      clock.tick(dispatcher);
    }
    await Promise.all(others);
  };
  const drained = drainable({
    sources: [clock, ...invocable, ...lanes.map(({ poller }) => poller)],
    functions,
    clients,
  });
  return { ...drained, update };
};

/** Maximum number of concurrent asynchronous invocations of one function. More would not speed up the two servers. */
const maxAsyncInvocations = 4;

const connectQueue = (
  worker: LambdaFunction,
  lane: LaneName,
  clients: Clients,
  { env, host, concurrency, longPolls }: DeploymentOptions,
): Poller => {
  const queue = names.queue(lane);
  const onProblem = (text: string) => host.onLine({ from: queue, stream: "host", text });
  const log = { debug: () => {}, info: () => {}, warn: onProblem, error: onProblem };
  const ports = createPorts(env, { log, environmentId: "host", clients });
  return startPoller({
    sqs: clients.sqs,
    queueUrl: queueUrl(env.AWS_ENDPOINT_URL_SQS, queue),
    queueArn: arn("sqs", queue),
    target: worker,
    longPolls,
    concurrency: laneConcurrency(lane, concurrency),
    onWorkerEnd: async (messages, ended) => {
      const released = await releaseRuns(ports, messages, ended);
      for (const { crash } of released) {
        if (crash) host.onLine({ from: worker.name, stream: "host", text: crashLine(crash) });
      }
      return released;
    },
    onProblem,
  });
};

interface Resources {
  readonly sources: readonly { stop(): Promise<void> }[];
  readonly functions: readonly LambdaFunction[];
  readonly clients: Clients;
}

const drainable = ({ sources, functions, clients }: Resources): Omit<Deployment, "update"> => {
  const { promise: cutShort, resolve: kill } = Promise.withResolvers<void>();
  return {
    kill,
    async stop(drainMs) {
      const drained = Promise.all(sources.map((source) => source.stop()));
      await Promise.race([drained, cutShort, wait(drainMs, undefined, { ref: false })]);
      await Promise.all(functions.map((each) => each.stop()));
      await drained;
      clients.sqs.destroy();
      clients.dynamodb.destroy();
    },
  };
};
