import { enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { until } from "../../localstack/until.ts";
import type { Environment } from "../environment.ts";
import { completeBatch, eventOf, receive } from "../lane.ts";
import { sideEffectJob } from "../project/jobs/side-effect-job.ts";
import { minute, type Scenario } from "./scenario.ts";

const pad = "x".repeat(2_000);

/** One batch with runs of every outcome. */
export const workerScenario: Scenario = {
  victim: "worker",
  aheadMs: 0,
  recoveries: [{ from: 20 * minute, ticks: [40 * minute] }],
  async prepare(environment) {
    const { ports } = environment;
    await enqueueMany(ports, [
      { job: sideEffectJob, input: { do: "succeed" }, options: { key: "plain" } },
      { job: sideEffectJob, input: { do: "linger" }, options: { key: "slow" } },
      { job: sideEffectJob, input: { do: "succeed", pad }, options: { key: "large" } },
      { job: sideEffectJob, input: { do: "fail once" }, options: { key: "hidden" } },
      { job: sideEffectJob, input: { do: "fail for long" }, options: { key: "parked" } },
      { job: sideEffectJob, input: { do: "die" }, options: { key: "fatal" } },
      { job: sideEffectJob, input: { do: "succeed" }, options: { key: "far", delay: "16 minutes" } },
    ]);
    const bare = '{"v":1,"job":"side-effect","key":"bare","input":{"do":"succeed"}}';
    const bodies = [bare, "not json"];
    await ports.queue.send(bodies.map((body) => ({ lane: "normal", body, delaySeconds: 0 })));
    const messages = await receiveAll(environment, 8);
    return {
      event: eventOf(environment, messages),
      after: (outcome) => completeBatch(environment, messages, outcome),
    };
  },
  finalStates: {
    "side-effect:plain": ["succeeded"],
    "side-effect:slow": ["succeeded"],
    "side-effect:large": ["succeeded"],
    "side-effect:hidden": ["succeeded"],
    "side-effect:parked": ["succeeded"],
    "side-effect:fatal": ["dead"],
    "side-effect:far": ["succeeded"],
    "side-effect:bare": ["succeeded"],
  },
  failures: { "side-effect:hidden": 1, "side-effect:parked": 1 },
  orphanReasons: ["expected JSON"],
};

const receiveAll = async (environment: Environment, count: number) => {
  const messages = [...(await receive(environment))];
  await until(async () => {
    if (messages.length < count) messages.push(...(await receive(environment)));
    return messages.length >= count;
  });
  return messages;
};
