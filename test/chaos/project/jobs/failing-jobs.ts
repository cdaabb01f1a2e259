import * as z from "zod";
import { defineJob } from "../../../../shared/index.ts";
import { recordEffect } from "./ledger.ts";

/** Harms its own process. */
export const failingJob = defineJob({
  name: "failing",
  input: z.object({ do: z.enum(["exit", "eat", "spin", "hang"]) }),
  timeout: "1 second",
  retry: { attempts: 2, base: "10 milliseconds" },
  async run(context) {
    recordEffect(context);
    await misbehaviors[context.input.do]();
  },
});

const misbehaviors = {
  exit: () => process.exit(3),
  eat: () => {
    const eaten: Buffer[] = [];
    for (;;) eaten.push(Buffer.alloc(10_000_000, 1));
  },
  spin: () => {
    for (;;) Date.now();
  },
  hang: () => new Promise<never>(() => undefined),
} satisfies Record<string, () => unknown>;
