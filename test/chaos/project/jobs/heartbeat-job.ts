import * as z from "zod";
import { defineJob } from "../../../../shared/index.ts";
import { leaveTrace } from "./ledger.ts";

/** What schedules run. */
export const beat = defineJob({
  name: "beat",
  input: z.object({ pad: z.string().optional() }),
  timeout: "1 second",
  run: (context) => leaveTrace(context),
});
