import { createEnvironment, type Environment } from "./environment.ts";
import { type Process, startProcess } from "./process.ts";
import type { FunctionName, SharedSetup } from "./shared-setup.ts";

/** A stage and its functions. They stay warm from one replay to the next: only what dies, or is to die, starts anew. */
export interface Deployment {
  readonly environment: Environment;
  readonly functions: Readonly<Record<FunctionName, Process>>;
  remove(): Promise<void>;
}

const deploy = async (ground: SharedSetup): Promise<Deployment> => {
  const stage = await createEnvironment(ground);
  const [worker, dispatcher, sweeper, client] = await Promise.all([
    startProcess(stage, "worker"),
    startProcess(stage, "dispatcher"),
    startProcess(stage, "sweeper"),
    startProcess(stage, "client"),
  ]);
  const functions = { worker, dispatcher, sweeper, client };
  return {
    environment: stage,
    functions,
    async remove() {
      await Promise.all(Object.values(functions).map((each) => each.stop()));
      await stage.remove();
    },
  };
};

/** What a case is given: a deployment that is as good as new, and its place in the list. */
type CaseAction<Case> = (deployment: Deployment, one: Case, index: number) => Promise<unknown>;

/** Each case by itself, many at a time. Answers what went wrong, with the names of the cases. */
export const problemsOf = async <Case extends { readonly name: string }>(
  ground: SharedSetup,
  cases: readonly Case[],
  act: CaseAction<Case>,
): Promise<readonly string[]> => {
  const problems: string[] = [];
  const left = [...cases.entries()].reverse();
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [index, one] = next;
      const trial = onDeployment(ground, (deployment) => act(deployment, one, index));
      await trial.catch((error) => problems.push(`${one.name}: ${error}`));
    }
  };
  await Promise.all(Array.from({ length: maxConcurrent }, work));
  return problems;
};

/** Replays wait more than they work. */
const maxConcurrent = 10;

/** Deployments that no case uses, of each ground. */
const idleDeployments = new WeakMap<SharedSetup, Deployment[]>();

const idleOn = (ground: SharedSetup): Deployment[] => {
  const idle = idleDeployments.get(ground) ?? [];
  if (idleDeployments.has(ground)) return idle;
  idleDeployments.set(ground, idle);
  ground.cleanups.push(async () => {
    await Promise.all(idle.map((deployment) => deployment.remove()));
  });
  return idle;
};

/** Deployments are kept for the next ones, since processes cost more to start than to use; a doubtful one is not. */
export const onDeployment = async <Answer>(
  ground: SharedSetup,
  act: (deployment: Deployment) => Promise<Answer>,
): Promise<Answer> => {
  const deployment = idleOn(ground).pop() ?? (await deploy(ground));
  try {
    const answer = await act(deployment);
    await deployment.environment.clear();
    idleOn(ground).push(deployment);
    return answer;
  } catch (error) {
    await deployment.remove();
    throw error;
  }
};
