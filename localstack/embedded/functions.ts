import { type LaneName, lanes, laneTimeoutMs } from "../../shared/core/lane.ts";
import { names } from "./address.ts";
import type { FunctionConfig } from "./lambda-environment.ts";
import type { StackEnv } from "./resources.ts";

/** The folder of each function's bundle, with an `index.js` that exports `handler`. */
export interface Bundles {
  readonly dispatcher: string;
  readonly sweeper: string;
  readonly worker: string;
}

export interface FunctionsOptions {
  readonly bundles: Bundles;
  readonly env: StackEnv;
  /** Variables for jobs, set in the workers as on AWS. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs?: number | undefined;
  readonly memoryMb?: number | undefined;
}

export interface FunctionConfigs {
  readonly dispatcher: FunctionConfig;
  readonly sweeper: FunctionConfig;
  readonly worker: (lane: LaneName) => FunctionConfig;
}

/** Configures the functions as infra/functions.ts does for the stage `dev`. */
export const functionConfigs = (options: FunctionsOptions): FunctionConfigs => {
  const { bundles, env, environment } = options;
  const config = (name: string, folder: string, timeoutMs: number): FunctionConfig => ({
    name,
    folder,
    handler: "index.handler",
    timeoutMs: options.timeoutMs ?? timeoutMs,
    memoryMb: options.memoryMb ?? 512,
    environment: { ...runtimeEnvironment(name), ...env },
  });
  return {
    dispatcher: config(names.dispatcher, bundles.dispatcher, tickTimeoutMs),
    sweeper: config(names.sweeper, bundles.sweeper, tickTimeoutMs),
    worker(lane) {
      const worker = config(names.worker(lane), bundles.worker, laneTimeoutMs(lane));
      return { ...worker, environment: { ...environment, ...worker.environment, MILLRACE_LANE: lane } };
    },
  };
};

/** A tick ends before the next begins. */
const tickTimeoutMs = 55_000;

const runtimeEnvironment = (name: string) => ({
  NODE_OPTIONS: "--enable-source-maps",
  POWERTOOLS_SERVICE_NAME: name,
  POWERTOOLS_LOG_LEVEL: "INFO",
});

/** Concurrent batches, each in a process of its own: of single lanes, and the total that the other lanes share. */
export type Concurrency = Readonly<Partial<Record<LaneName | "total", number>>>;

/** Concurrent batches of a lane's worker: its share of the total (default 10), but at least two, the minimum of AWS. */
export const laneConcurrency = (lane: LaneName, wanted: Concurrency = {}): number => {
  const share = lanes.find(({ name }) => name === lane)?.share ?? 0;
  return wanted[lane] ?? Math.max(2, Math.round((wanted.total ?? 10) * share));
};
