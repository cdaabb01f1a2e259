import type { Call } from "../../localstack/chaos/call.ts";
import { scheduledEvent } from "../../localstack/embedded/clock.ts";
import { startPoller } from "../../localstack/embedded/poller.ts";
import { quiet } from "./lane.ts";
import { startProcess } from "./process.ts";
import type { Stage } from "./stage.ts";

/**
 * The rest of the life of a stage, by processes that nothing befalls: the lane is worked on all the time, and at each
 * instant, told in milliseconds ahead of the machine, dispatcher and sweeper get one tick. Ends when the lane is empty.
 * Answers what they asked of AWS.
 */
export const heal = async (stage: Stage, instants: readonly number[]): Promise<readonly Call[]> => {
  const worker = await startProcess(stage, "worker");
  const ticked = [await startProcess(stage, "dispatcher"), await startProcess(stage, "sweeper")];
  const troubles: string[] = [];
  let aheadMs = instants[0] ?? 0;
  const poller = startPoller({
    ...{ sqs: stage.ground.clients.sqs, queueUrl: stage.lane.url, queueArn: stage.lane.arn, concurrency: 2 },
    target: { invoke: (event) => worker.invoke(Object(event), aheadMs) },
    onTrouble: (text) => troubles.push(text),
  });
  try {
    await quiet(stage);
    for (aheadMs of instants) {
      const ticks = ticked.map((fn) => fn.invoke(scheduledEvent("tick", new Date()), aheadMs));
      for (const tick of await Promise.all(ticks)) if (!tick.ok) troubles.push(tick.errorMessage);
      await quiet(stage);
    }
  } finally {
    await poller.stop();
    await Promise.all([worker, ...ticked].map((each) => each.stop()));
  }
  if (troubles.length > 0) throw new Error(`healing met with trouble: ${troubles.join("; ")}`);
  return [worker, ...ticked].flatMap(({ proxy }) => proxy.calls);
};
