import * as z from "zod";
import { defineJob } from "../../../shared/index.ts";

/**
 * Only returns when it was called, so that the pipeline is measured. Its input has a usual size and is checked by a
 * schema.
 */
export const noop = defineJob({
  name: "noop",
  input: z.object({
    /** When an open-loop sender meant to send it, even if it was late. */
    intendedAt: z.int().optional(),
    note: z.string(),
  }),
  run: () => Date.now(),
});

export const note =
  "The subject of a run: an order, a page or a person. A hundred characters are a usual size of an input";

/** The registry of the benchmark's project. */
export const jobs = [noop];
