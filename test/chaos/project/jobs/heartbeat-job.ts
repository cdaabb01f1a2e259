import * as z from "zod";
import { defineJob } from "../../../../shared/index.ts";
import { recordEffect } from "./ledger.ts";

/** The job of the schedules. */
export const heartbeatJob = defineJob({
  name: "heartbeat",
  input: z.object({ pad: z.string().optional() }),
  timeout: "1 second",
  run: (context) => recordEffect(context),
});
