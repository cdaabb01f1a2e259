import { z } from "zod";
import { NotFoundError } from "../../core/errors.ts";
import type { EnqueueOptions } from "../../core/job.ts";
import { laneNames } from "../../core/lane.ts";
import { type Enqueued, enqueue } from "../enqueue.ts";
import { defineOperation } from "./operation.ts";

const units = [
  "second",
  "seconds",
  "minute",
  "minutes",
  "hour",
  "hours",
  "day",
  "days",
  "week",
  "weeks",
] as const;

const duration = z.templateLiteral([z.number(), " ", z.enum(units)], {
  error: 'expected a duration such as "90 seconds" or "2 hours"',
});

const instant = z.iso.datetime({
  offset: true,
  error: 'expected an instant with its offset, such as "2027-01-01T00:00:00Z"',
});

/** SQS takes no other characters in the name of a message group. */
const tenant = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, "expected 1 to 128 visible ASCII characters without spaces");

export const enqueueRun = defineOperation({
  name: "enqueue",
  description: "Enqueue one run of a job.",
  changes: true,
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
  async run({ job: name, input, at, ...rest }, { ports, registry }): Promise<Enqueued> {
    const job = registry.jobs.get(name);
    if (!job) {
      throw new NotFoundError(
        `there is no job "${name}": expected one of ${[...registry.jobs.keys()].join(", ")}`,
      );
    }
    const options: EnqueueOptions = at === undefined ? rest : { ...rest, at: new Date(at) };
    return await enqueue(ports, job, input, options);
  },
});
