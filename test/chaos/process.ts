import { join } from "node:path";
import { type FaultProxy, startProxy } from "../../localstack/chaos/proxy.ts";
import { startFunction } from "../../localstack/embedded/function.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import type { LogLine } from "../../localstack/embedded/log-line.ts";
import type { Environment } from "./environment.ts";
import type { FunctionName } from "./shared-setup.ts";

/** A function of a stage, in processes of its own, whose every call goes through a proxy of its own. */
export interface Process {
  readonly proxy: FaultProxy;
  /** What it has said. */
  readonly lines: readonly LogLine[];
  /** @param aheadMs how far ahead of the machine its clock is from now on */
  invoke(event: object, aheadMs?: number): Promise<Invocation>;
  /** To all its processes. */
  signal(signal: NodeJS.Signals): void;
  /** Its next invocation is a cold start. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ProcessOptions {
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
}

export const startProcess = async (
  stage: Environment,
  name: FunctionName,
  { timeoutMs = 55_000, memoryMb = 512 }: ProcessOptions = {},
): Promise<Process> => {
  const { setup, env } = stage;
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
    invoke: (event, aheadMs = 0) => fn.invoke({ ...event, aheadMs, epoch: stage.epoch }),
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

/** Whose numbers the host has watched are the function's processes. */
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
