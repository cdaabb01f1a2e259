import type { FunctionName, Ground } from "./ground.ts";
import { type Process, startProcess } from "./process.ts";
import { createStage, type Stage } from "./stage.ts";

/** A stage and its functions. They stay warm from one replay to the next: only what dies, or is to die, starts anew. */
export interface Deployment {
  readonly stage: Stage;
  readonly functions: Readonly<Record<FunctionName, Process>>;
  remove(): Promise<void>;
}

export const deploy = async (ground: Ground): Promise<Deployment> => {
  const stage = await createStage(ground);
  const [worker, dispatcher, sweeper, client] = await Promise.all([
    startProcess(stage, "worker"),
    startProcess(stage, "dispatcher"),
    startProcess(stage, "sweeper"),
    startProcess(stage, "client"),
  ]);
  const functions = { worker, dispatcher, sweeper, client };
  return {
    ...{ stage, functions },
    async remove() {
      await Promise.all(Object.values(functions).map((each) => each.stop()));
      await stage.remove();
    },
  };
};

/** Does something with each, so many at a time, each time on a deployment that is as good as new. Answers in order. */
export const onDeployments = async <One, Answer>(
  ground: Ground,
  all: readonly One[],
  act: (deployment: Deployment, one: One) => Promise<Answer>,
): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  const left = [...all.entries()].reverse();
  const work = async (): Promise<void> => {
    const deployment = await deploy(ground);
    try {
      for (let next = left.pop(); next; next = left.pop()) {
        answers[next[0]] = await act(deployment, next[1]);
        await deployment.stage.clear();
      }
    } finally {
      await deployment.remove();
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, work));
  return answers;
};

/** Replays wait more than they work. */
const atOnce = 8;
