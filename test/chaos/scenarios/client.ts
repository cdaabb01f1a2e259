import { expect } from "@jest/globals";
import { startProcess } from "../process.ts";
import { minute, type Scenario } from "./scenario.ts";

const requests = [
  { job: "side-effect", input: { do: "succeed" }, options: { key: "now" } },
  { job: "side-effect", input: { do: "succeed", pad: "x".repeat(2_000) }, options: { key: "large" } },
  { job: "side-effect", input: { do: "succeed" }, options: { key: "parked", delay: "16 minutes" } },
];

const enqueued = requests.map(({ options }) => ({
  id: `side-effect:${options.key}`,
  isNew: true,
  state: options.delay === undefined ? "queued" : "parked",
}));

/** A program that enqueues runs with keys, and repeats that when it received no answer. */
export const clientScenario: Scenario = {
  victim: "client",
  aheadMs: 0,
  recoveries: [{ from: 0, ticks: [20 * minute] }],
  prepare: async (environment) => ({
    event: { requests },
    after: async (outcome) => {
      if (outcome?.ok) return;
      const again = await startProcess(environment, "client");
      const answered = await again.invoke({ requests });
      await again.stop();
      expect(answered).toEqual({
        ok: true,
        response: enqueued.map(({ id }) => expect.objectContaining({ id })),
      });
    },
  }),
  finalStates: {
    "side-effect:now": ["succeeded"],
    "side-effect:large": ["succeeded"],
    "side-effect:parked": ["succeeded"],
  },
  async check(_stage, { outcomes: [outcome] }) {
    if (outcome?.ok) expect(outcome.response).toEqual(enqueued);
  },
};
