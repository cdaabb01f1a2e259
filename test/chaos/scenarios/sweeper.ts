import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { messageFor } from "../../../shared/core/runs/message.ts";
import { recordStart } from "../../../shared/core/runs/settle.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import type { Environment } from "../environment.ts";
import { dropAll } from "../lane.ts";
import { sideEffectJob } from "../project/jobs/side-effect-job.ts";
import { tick } from "../recovery.ts";
import { minute, type Scenario, second } from "./scenario.ts";

/** All messages are lost, or were moved to the dead-letter queue by SQS itself. */
export const sweeperScenario: Scenario = {
  victim: "sweeper",
  aheadMs: 20 * minute,
  recoveries: [{ from: 40 * minute, ticks: [40 * minute, 41 * minute] }],
  async prepare(environment) {
    const { ports } = environment;
    const input = { do: "succeed" } as const;
    await enqueue(ports, sideEffectJob, input, { key: "lost" });
    await enqueue(ports, sideEffectJob, input, { key: "killed" });
    await enqueue(ports, sideEffectJob, input, { key: "poison" });
    await enqueue(ports, sideEffectJob, input, { key: "stale", expiresIn: "1 second" });
    await enqueue(ports, sideEffectJob, input, { key: "dead-lettered" });
    await dropAll(environment);
    await crash(ports, "side-effect:killed", 1);
    await crash(ports, "side-effect:poison", 4);
    await deadLetterLikeSqs(environment);
    return { event: tick() };
  },
  finalStates: {
    "side-effect:lost": ["succeeded"],
    "side-effect:killed": ["succeeded"],
    "side-effect:poison": ["dead"],
    "side-effect:stale": ["expired"],
    // SQS gave up on their messages, but the runs are fine.
    "side-effect:dead-lettered": ["succeeded"],
    "side-effect:orphan": ["succeeded"],
  },
  crashes: { "side-effect:killed": 1 },
  orphanReasons: ["expected JSON"],
};

/** Claims a run a minute apart and abandons it. Records each start but the first, as workers do. */
const crash = async ({ runs, clock }: Ports, id: string, times: number): Promise<void> => {
  for (let time = 0; time < times; time++) {
    const now = clock.now() + time * minute;
    const [claimed] = await runs.claim([
      { id, generation: 1, token: `crash ${time}`, now, leaseUntil: now + second },
    ]);
    if (!claimed || "refused" in claimed) throw new Error(`${id} could not be claimed`);
    if (time > 0) await runs.change([recordStart(claimed.run)]);
  }
};

const deadLetterLikeSqs = async ({ setup, lane, ports, epoch }: Environment): Promise<void> => {
  const deadLettered = (await ports.runs.read(["side-effect:dead-lettered"])).get(
    "side-effect:dead-lettered",
  );
  const bodies = [
    deadLettered ? messageFor(deadLettered, epoch) : "",
    '{"v":1,"job":"side-effect","key":"orphan","input":{"do":"succeed"}}',
    "not json",
  ];
  const Entries = bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody }));
  await setup.clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: lane.deadLettersUrl, Entries }));
};
