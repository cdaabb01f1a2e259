import type { Call } from "../../localstack/chaos/call.ts";
import { scheduledEvent } from "../../localstack/embedded/clock.ts";
import { startPoller } from "../../localstack/embedded/poller.ts";
import type { Deployment } from "./deployment.ts";
import { quiet, revealLetters } from "./lane.ts";

/** How the world goes on, in milliseconds ahead of the machine: from when the lane is worked on, and when ticks come. */
export interface Life {
  readonly from: number;
  readonly ticks: readonly number[];
}

/**
 * The rest of the life of a stage, in which nothing befalls anybody. Ends when the lane is empty after the last tick.
 * Answers what was asked of AWS.
 */
export const heal = async (
  { stage, functions }: Deployment,
  { from, ticks }: Life,
): Promise<readonly Call[]> => {
  const { worker, dispatcher, sweeper } = functions;
  const troubles: string[] = [];
  const swept: Call[] = [];
  let aheadMs = from;
  const poller = startPoller({
    sqs: stage.ground.clients.sqs,
    queueUrl: stage.lane.url,
    queueArn: stage.lane.arn,
    concurrency: 1,
    target: { invoke: (event) => worker.invoke(Object(event), aheadMs) },
    onProblem: (text) => troubles.push(text),
  });
  try {
    await quiet(stage);
    for (aheadMs of ticks) {
      await revealLetters(stage, swept);
      const ticked = [dispatcher, sweeper].map((fn) => fn.invoke(tick(), aheadMs));
      for (const outcome of await Promise.all(ticked)) if (!outcome.ok) troubles.push(outcome.errorMessage);
      await quiet(stage);
      swept.push(...sweeper.proxy.startPhase());
    }
  } finally {
    await Promise.all([poller.stop(), revealLetters(stage, swept)]);
  }
  if (troubles.length > 0) throw new Error(`healing met with trouble: ${troubles.join("; ")}`);
  return [...swept, ...[worker, dispatcher].flatMap(({ proxy }) => proxy.startPhase())];
};

export const tick = () => scheduledEvent("tick", new Date());
