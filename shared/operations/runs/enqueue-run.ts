import * as z from "zod";
import { NotFoundError } from "../../core/errors.ts";
import { laneNames } from "../../core/lane.ts";
import { type Enqueued, enqueue } from "../../pipeline/enqueue/enqueue.ts";
import { duration, instant } from "../fields.ts";
import { defineOperation } from "../operation.ts";

/** SQS takes no other characters in the name of a message group. */
const tenant = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, "expected 1 to 128 visible ASCII characters without spaces");

export const runEnqueue = defineOperation({
  name: "runs.enqueue",
  description: "Enqueue one run of a job.",
  readOnly: false,
  input: z.object({
    job: z.string(),
    /** What the job's own schema takes. */
    input: z.unknown().optional(),
    key: z.string().exactOptional(),
    delay: duration.exactOptional(),
    at: instant.exactOptional(),
    priority: z.enum(laneNames).exactOptional(),
    tenant: tenant.exactOptional(),
    expiresIn: duration.exactOptional(),
    tags: z.array(z.string()).exactOptional(),
  }),
  async run({ job: name, input, ...options }, { ports, registry }): Promise<Enqueued> {
    const job = registry.jobs.get(name);
    if (!job) {
      throw new NotFoundError({
        kind: "job",
        name,
        expected: `one of ${[...registry.jobs.keys()].join(", ")}`,
      });
    }
    return await enqueue(ports, job, input, options);
  },
});
