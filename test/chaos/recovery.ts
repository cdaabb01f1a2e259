import type { Call } from "../../localstack/chaos/call.ts";
import { scheduledEvent } from "../../localstack/embedded/clock.ts";
import { startPoller } from "../../localstack/embedded/poller.ts";
import type { Deployment } from "./deployment.ts";
import { revealDeadLetters, waitUntilEmpty } from "./lane.ts";

/** When the lane is processed and when ticks happen, in milliseconds ahead of the machine's clock. */
export interface RecoveryPlan {
  readonly from: number;
  readonly ticks: readonly number[];
}

/**
 * Runs the pipeline without faults until the lane is empty after the last tick.
 * @returns the AWS calls
 */
export const runRecovery = async (
  { environment, functions }: Deployment,
  { from, ticks }: RecoveryPlan,
): Promise<readonly Call[]> => {
  const { worker, dispatcher, sweeper } = functions;
  const problems: string[] = [];
  const sweeperCalls: Call[] = [];
  let aheadMs = from;
  const poller = startPoller({
    sqs: environment.setup.clients.sqs,
    queueUrl: environment.lane.url,
    queueArn: environment.lane.arn,
    concurrency: 1,
    target: { invoke: (event) => worker.invoke(Object(event), aheadMs) },
    onProblem: (text) => problems.push(text),
  });
  try {
    await waitUntilEmpty(environment);
    for (aheadMs of ticks) {
      await revealDeadLetters(environment, sweeperCalls);
      const ticked = [dispatcher, sweeper].map((fn) => fn.invoke(tick(), aheadMs));
      for (const outcome of await Promise.all(ticked)) if (!outcome.ok) problems.push(outcome.errorMessage);
      await waitUntilEmpty(environment);
      sweeperCalls.push(...sweeper.proxy.startPhase());
    }
  } finally {
    await Promise.all([poller.stop(), revealDeadLetters(environment, sweeperCalls)]);
  }
  if (problems.length > 0) throw new Error(`the recovery failed: ${problems.join("; ")}`);
  return [...sweeperCalls, ...[worker, dispatcher].flatMap(({ proxy }) => proxy.startPhase())];
};

export const tick = () => scheduledEvent("tick", new Date());
