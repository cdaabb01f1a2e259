import type { FunctionHost } from "./function-host.ts";
import { FunctionProcess } from "./function-process.ts";
import type { Invocation } from "./invocation.ts";
import type { FunctionConfig } from "./lambda-environment.ts";

/** A deployed function: one execution environment per concurrent invocation, reused for later ones. */
export interface LambdaFunction {
  readonly name: string;
  /** Whether an invocation is running. */
  isBusy(): boolean;
  /** Never rejects. */
  invoke(event: unknown): Promise<Invocation>;
  /**
   * Deploys another version. Later invocations use it, and running ones end on the version that they started with.
   * @returns a promise that resolves when no environment of an earlier version is left
   */
  update(config: FunctionConfig): Promise<void>;
  /** Kills every environment, busy ones included. */
  stop(): Promise<void>;
}

/** @param idleMs after how long without an invocation an environment ends. Default: never */
export const startFunction = (
  config: FunctionConfig,
  host: FunctionHost,
  idleMs?: number | undefined,
): LambdaFunction => {
  let current = config;
  const environments = new Map<FunctionProcess, FunctionConfig>();
  /** The environments without an invocation, the most recently used last, with the timers that end them. */
  const idle = new Map<FunctionProcess, NodeJS.Timeout | undefined>();

  /** Takes the most recently used environment, which is the warmest. */
  const take = (): FunctionProcess => {
    const warm = [...idle.keys()].findLast((environment) => environment.isAlive);
    const environment = warm ?? new FunctionProcess(current, host);
    clearTimeout(idle.get(environment));
    idle.delete(environment);
    if (!warm) {
      environments.set(environment, current);
      void environment.exited.then(() => forget(environment));
    }
    return environment;
  };
  const forget = (environment: FunctionProcess): void => {
    clearTimeout(idle.get(environment));
    idle.delete(environment);
    environments.delete(environment);
  };
  const putBack = (environment: FunctionProcess): void => {
    const isCurrent = environments.get(environment) === current;
    if (!isCurrent || idleMs === 0) return void environment.end();
    idle.set(environment, idleMs === undefined ? undefined : setTimeout(() => environment.end(), idleMs));
  };

  return {
    name: config.name,
    isBusy: () => environments.size > idle.size,
    async invoke(event) {
      const environment = take();
      const outcome = await environment.invoke(event);
      if (environment.isAlive) putBack(environment);
      if (!outcome.ok && !hasSuspects(outcome)) report(outcome.errorMessage);
      return outcome;
    },
    async update(next) {
      current = next;
      const earlier = [...environments.keys()];
      for (const environment of idle.keys()) void environment.end();
      await Promise.all(earlier.map(({ exited }) => exited));
    },
    async stop() {
      await Promise.all([...environments.keys()].map((environment) => environment.end()));
    },
  };

  function report(text: string): void {
    host.onLine({ from: config.name, stream: "host", text });
  }
};

/** The end of such an environment is reported with the runs that may be the cause. */
const hasSuspects = (outcome: Invocation): boolean =>
  !outcome.ok && outcome.ended !== undefined && outcome.ended.suspects.size > 0;
