import { createEnvironment, type Environment } from "./environment.ts";
import { type Process, startProcess } from "./process.ts";
import type { FunctionName, SharedSetup } from "./shared-setup.ts";

/** An environment and its functions. They stay warm between replays: only killed processes, and victims, are restarted. */
export interface Deployment {
  readonly environment: Environment;
  readonly functions: Readonly<Record<FunctionName, Process>>;
  remove(): Promise<void>;
}

const deploy = async (setup: SharedSetup): Promise<Deployment> => {
  const environment = await createEnvironment(setup);
  const [worker, dispatcher, sweeper, client] = await Promise.all([
    startProcess(environment, "worker"),
    startProcess(environment, "dispatcher"),
    startProcess(environment, "sweeper"),
    startProcess(environment, "client"),
  ]);
  const functions = { worker, dispatcher, sweeper, client };
  return {
    environment,
    functions,
    async remove() {
      await Promise.all(Object.values(functions).map((each) => each.stop()));
      await environment.remove();
    },
  };
};

/** Receives a clean deployment, the case and its index. */
type CaseAction<Case> = (deployment: Deployment, one: Case, index: number) => Promise<unknown>;

/** Runs the cases concurrently, each on its own deployment. @returns the problems, with the names of the cases */
export const problemsOf = async <Case extends { readonly name: string }>(
  setup: SharedSetup,
  cases: readonly Case[],
  act: CaseAction<Case>,
): Promise<readonly string[]> => {
  const problems: string[] = [];
  const left = [...cases.entries()].reverse();
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [index, one] = next;
      const trial = onDeployment(setup, (deployment) => act(deployment, one, index));
      await trial.catch((error) => problems.push(`${one.name}: ${error}`));
    }
  };
  await Promise.all(Array.from({ length: maxConcurrent }, work));
  return problems;
};

/** High, because replays mostly wait. */
const maxConcurrent = 10;

/** Unused deployments of each setup. */
const idleDeployments = new WeakMap<SharedSetup, Deployment[]>();

const idleOn = (setup: SharedSetup): Deployment[] => {
  const idle = idleDeployments.get(setup) ?? [];
  if (idleDeployments.has(setup)) return idle;
  idleDeployments.set(setup, idle);
  setup.cleanups.push(async () => {
    await Promise.all(idle.map((deployment) => deployment.remove()));
  });
  return idle;
};

/** Reuses deployments, because processes are expensive to start. Removes a deployment whose case failed. */
export const onDeployment = async <Answer>(
  setup: SharedSetup,
  act: (deployment: Deployment) => Promise<Answer>,
): Promise<Answer> => {
  const deployment = idleOn(setup).pop() ?? (await deploy(setup));
  try {
    const answer = await act(deployment);
    await deployment.environment.clear();
    idleOn(setup).push(deployment);
    return answer;
  } catch (error) {
    await deployment.remove();
    throw error;
  }
};
