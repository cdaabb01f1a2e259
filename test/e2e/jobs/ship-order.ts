import * as z from "zod";
import { defineJob } from "../../../shared/index.ts";
import { carriers } from "./carriers.ts";

export const shipOrder = defineJob({
  name: "ship-order",
  input: z.object({ order: z.string() }),
  priority: "high",
  retry: { attempts: 2, base: "1 second" },
  run({ input: { order } }) {
    const [carrier] = carriers;
    if (carrier === undefined) throw new Error(`no carrier for order ${order}`);
    return { order, carrier };
  },
});
