import * as z from "zod";
import { defineJob } from "../../../shared/index.ts";

/**
 * Does nothing but say when it was called, so that what is measured is the pipeline. Its input is of a usual size and
 * goes through a schema, as everybody's does.
 */
export const noop = defineJob({
  name: "noop",
  input: z.object({
    /** When an open-loop sender meant to send it, however late it was in doing so. */
    intendedAt: z.int().optional(),
    note: z.string(),
  }),
  run: () => Date.now(),
});

export const note =
  "What a run is about: an order, a page, a person. A hundred characters are a usual input for one.";

/** The registry of the benchmark's project. */
export const jobs = [noop];
