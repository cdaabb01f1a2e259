import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { defineJob, FatalError } from "../../../../shared/index.ts";
import { recordEffect } from "./ledger.ts";

/** Records an effect, then does what its input says. */
export const sideEffectJob = defineJob({
  name: "side-effect",
  input: z.object({
    do: z.enum(["succeed", "linger", "fail once", "fail for long", "die"]),
    pad: z.string().optional(),
  }),
  timeout: "1 second",
  retry: {
    attempts: 4,
    base: "10 milliseconds",
    onError: (error) => (String(error).includes("for long") ? "5 minutes" : "retry"),
  },
  async run(context) {
    const { input, run } = context;
    recordEffect(context);
    if (input.do === "die") throw new FatalError("asked to die");
    if (input.do.startsWith("fail") && run.attempt === 1) throw new Error(`asked to ${input.do}`);
    if (input.do === "linger") await wait(50);
    return { attempt: run.attempt, pad: input.pad };
  },
});
