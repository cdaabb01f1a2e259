import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { asUnusableData } from "./data-files.ts";
import { startDeployment } from "./deployment.ts";
import type { Bundles, Concurrency } from "./functions.ts";
import { lockFolder } from "./lock.ts";
import type { OnLine } from "./log-line.ts";
import { startReaper } from "./reaper.ts";
import { createResources, type StackEnv } from "./resources.ts";
import { startServers } from "./servers.ts";

export interface StackOptions {
  /** Stores queues, tables and ports. Only one stack at a time may use it. */
  readonly dataDir: string;
  readonly bundles: Bundles;
  readonly onLine: OnLine;
  /** Variables for jobs. The embedded servers' AWS variables override them. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A DynamoDB to use instead of the embedded one. */
  readonly dynamodbUrl?: string | undefined;
  readonly tickMs?: number;
  readonly concurrency?: Concurrency | undefined;
  /** After how long without an invocation a function's process ends. Default: never. */
  readonly idleMs?: number;
  /** Stores compiled code, so that further processes of functions start faster. Default: nothing is stored. */
  readonly codeCache?: string;
  /** Instead of each lane's visibility timeout. */
  readonly visibilityMs?: number;
  /** Instead of each function's timeout. */
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
}

export interface Stack {
  /** The variables with which another process finds the pipeline. */
  readonly env: StackEnv;
  /** Which DynamoDB it uses. */
  readonly dynamodbLabel: string;
  /**
   * Deploys another version of the functions. Running invocations end on the version that they started with.
   * @returns a promise that resolves when no earlier version runs any more
   */
  update(bundles: Bundles): Promise<void>;
  /** Accepts no more work, gives running invocations `drainMs` (default 20 seconds) to end, then ends everything. */
  stop(drainMs?: number): Promise<void>;
  /** Ends a waiting `stop` immediately. */
  kill(): void;
}

/** Starts the whole pipeline on this machine: servers, queues and tables, functions, and what invokes them. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const undo: Undo[] = [];
  try {
    return await start({ ...options, dataDir: resolve(options.dataDir) }, undo);
  } catch (problem) {
    await undoAll(undo);
    throw problem;
  }
};

type Undo = () => unknown;

const start = async (options: StackOptions, undo: Undo[]): Promise<Stack> => {
  const { dataDir, visibilityMs, onLine, codeCache, environment = {} } = options;
  mkdirSync(dataDir, { recursive: true });
  undo.push(lockFolder(dataDir));
  const reaper = startReaper();
  undo.push(() => reaper.stop());
  const servers = await startServers({ dataDir, dynamodbUrl: options.dynamodbUrl, reaper });
  undo.push(() => servers.stop());
  const env = await createResources({ ...servers, visibilityMs }).catch((problem: unknown) => {
    throw asUnusableData(dataDir, "dynamodb", problem);
  });
  const deployment = startDeployment({
    ...options,
    env,
    environment,
    host: { onLine, reaper, codeCache },
    lambda: servers.lambda,
    longPolls: servers.longPolls,
  });
  return {
    env,
    dynamodbLabel: servers.dynamodbLabel,
    update: deployment.update,
    async stop(drainMs = 20_000) {
      await deployment.stop(drainMs);
      await undoAll(undo);
    },
    kill: deployment.kill,
  };
};

/** In reverse order. A failure does not prevent the others. */
const undoAll = async (undo: Undo[]): Promise<void> => {
  const problems: unknown[] = [];
  for (let last = undo.pop(); last; last = undo.pop()) {
    try {
      await last();
    } catch (problem) {
      problems.push(problem);
    }
  }
  if (problems.length > 0) throw new AggregateError(problems, "the stack did not stop cleanly");
};
