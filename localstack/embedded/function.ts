import { FunctionProcess } from "./function-process.ts";
import type { Invocation } from "./invocation.ts";
import type { FunctionConfig } from "./lambda-environment.ts";
import type { OnLine } from "./log-line.ts";
import type { Reaper } from "./reaper.ts";

/** A deployed function: one execution environment per concurrent invocation, reused for later ones. */
export interface LambdaFunction {
  readonly name: string;
  /** Never rejects. */
  invoke(event: unknown): Promise<Invocation>;
  /** Kills every environment, busy ones included. */
  stop(): Promise<void>;
}

export const startFunction = (
  config: FunctionConfig,
  host: { readonly onLine: OnLine; readonly reaper: Reaper },
): LambdaFunction => {
  const environments = new Set<FunctionProcess>();
  const idle: FunctionProcess[] = [];

  /** Takes the most recently used environment, which is the warmest. Drops dead ones. */
  const take = (): FunctionProcess => {
    const candidate = idle.pop();
    if (candidate?.isAlive) return candidate;
    if (candidate) return drop(candidate);
    const fresh = new FunctionProcess(config, host);
    environments.add(fresh);
    return fresh;
  };
  const drop = (dead: FunctionProcess): FunctionProcess => {
    environments.delete(dead);
    return take();
  };

  return {
    name: config.name,
    async invoke(event) {
      const environment = take();
      const outcome = await environment.invoke(event);
      if (environment.isAlive) idle.push(environment);
      else environments.delete(environment);
      if (!outcome.ok && !hasSuspects(outcome)) report(outcome.errorMessage);
      return outcome;
    },
    async stop() {
      await Promise.all([...environments].map((environment) => environment.end()));
    },
  };

  function report(text: string): void {
    host.onLine({ from: config.name, stream: "host", text });
  }
};

/** The end of such an environment is reported with the runs that may be the cause. */
const hasSuspects = (outcome: Invocation): boolean =>
  !outcome.ok && outcome.ended !== undefined && outcome.ended.suspects.size > 0;
