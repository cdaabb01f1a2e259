import { join } from "node:path";
import { type FaultProxy, startProxy } from "../../localstack/chaos/proxy.ts";
import { startFunction } from "../../localstack/embedded/function.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import type { LogLine } from "../../localstack/embedded/log-line.ts";
import type { Environment } from "./environment.ts";
import type { FunctionName } from "./shared-setup.ts";

/** A function in its own processes, whose calls all go through its own proxy. */
export interface Process {
  readonly proxy: FaultProxy;
  /** Its output. */
  readonly lines: readonly LogLine[];
  /** @param aheadMs how far its clock is ahead of the machine's from now on */
  invoke(event: object, aheadMs?: number): Promise<Invocation>;
  /** Sends a signal to all its processes. */
  signal(signal: NodeJS.Signals): void;
  /** Ends its processes, so that the next invocation is a cold start. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ProcessOptions {
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
}

export const startProcess = async (
  environment: Environment,
  name: FunctionName,
  { timeoutMs = 55_000, memoryMb = 512 }: ProcessOptions = {},
): Promise<Process> => {
  const { setup, env } = environment;
  const pids = new Set<number>();
  const lines: LogLine[] = [];
  const proxy = await startProxy(setup);
  const fn = startFunction(
    {
      name,
      timeoutMs,
      memoryMb,
      folder: setup.code[name],
      handler: "index.handler",
      environment: { ...env, ...endpoints(proxy.url), ...runtime(setup.compiled) },
    },
    { onLine: (line) => void lines.push(line), reaper: trackPids(setup.reaper, pids) },
  );
  return {
    proxy,
    lines,
    invoke: (event, aheadMs = 0) => fn.invoke({ ...event, aheadMs, epoch: environment.epoch }),
    signal(signal) {
      for (const pid of pids) process.kill(pid, signal);
    },
    restart: () => fn.stop(),
    async stop() {
      await fn.stop();
      await proxy.stop();
    },
  };
};

const endpoints = (url: string) => ({ AWS_ENDPOINT_URL_SQS: url, AWS_ENDPOINT_URL_DYNAMODB: url });

const runtime = (compiled: string) => ({
  POWERTOOLS_SERVICE_NAME: "chaos",
  NODE_COMPILE_CACHE: compiled,
  NODE_OPTIONS: `--require=${join(import.meta.dirname, "shifted-clock.cjs")}`,
});

/** Records the pids that the host watches, which are the function's processes. */
const trackPids = (reaper: Environment["setup"]["reaper"], pids: Set<number>) => ({
  ...reaper,
  watch(pid: number) {
    pids.add(pid);
    reaper.watch(pid);
  },
  forget(pid: number) {
    pids.delete(pid);
    reaper.forget(pid);
  },
});
