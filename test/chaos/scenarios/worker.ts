import { enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { until } from "../../localstack/until.ts";
import type { Stage } from "../environment.ts";
import { answer, eventOf, receive } from "../lane.ts";
import { act } from "../project/jobs/side-effect-job.ts";
import { minute, type Scenario } from "./scenario.ts";

const pad = "x".repeat(2_000);

/** The whole of what can befall a run, in one batch. */
export const workerScenario: Scenario = {
  victim: "worker",
  aheadMs: 0,
  lives: [{ from: 20 * minute, ticks: [40 * minute] }],
  async prepare(stage) {
    const { ports } = stage;
    await enqueueMany(ports, [
      { job: act, input: { do: "succeed" }, options: { key: "well" } },
      { job: act, input: { do: "linger" }, options: { key: "slow" } },
      { job: act, input: { do: "succeed", pad }, options: { key: "large" } },
      { job: act, input: { do: "fail once" }, options: { key: "hidden" } },
      { job: act, input: { do: "fail for long" }, options: { key: "parked" } },
      { job: act, input: { do: "die" }, options: { key: "fatal" } },
      { job: act, input: { do: "succeed" }, options: { key: "far", delay: "16 minutes" } },
    ]);
    const bare = '{"v":1,"job":"act","key":"bare","input":{"do":"succeed"}}';
    const bodies = [bare, "not json"];
    await ports.queue.send(bodies.map((body) => ({ lane: "normal", body, delaySeconds: 0 })));
    const messages = await receiveAll(stage, 8);
    return {
      event: eventOf(stage, messages),
      after: (outcome) => answer(stage, messages, outcome),
    };
  },
  ends: {
    "act:well": ["succeeded"],
    "act:slow": ["succeeded"],
    "act:large": ["succeeded"],
    "act:hidden": ["succeeded"],
    "act:parked": ["succeeded"],
    "act:fatal": ["dead"],
    "act:far": ["succeeded"],
    "act:bare": ["succeeded"],
  },
  failures: { "act:hidden": 1, "act:parked": 1 },
  letters: ["expected JSON"],
};

const receiveAll = async (stage: Stage, count: number) => {
  const messages = [...(await receive(stage))];
  await until(async () => {
    if (messages.length < count) messages.push(...(await receive(stage)));
    return messages.length >= count;
  });
  return messages;
};
