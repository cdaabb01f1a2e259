import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describeValue } from "../describe-value.ts";
import { DefinitionError } from "../errors.ts";
import { isLaneName, type LaneName, laneNames } from "../lane.ts";
import { checkName } from "./name.ts";

/** What `enqueue` reads of a job. */
export interface JobTarget<Sent = unknown> {
  readonly name: string;
  readonly lane: LaneName;
  readonly timeoutMs: number;
  readonly input: StandardSchemaV1<Sent, unknown>;
}

/** Marks what `jobRef` returns, in every copy of this module. */
const refBrand: unique symbol = Symbol.for("millrace.job-ref");

/** A job that is known by its name and its type alone. */
export interface JobRef<Sent = unknown> extends JobTarget<Sent> {
  readonly [refBrand]: true;
}

export interface JobRefOptions {
  /** The lane, unless the caller says otherwise. The job's own is not known here. Default `"normal"`. */
  readonly priority?: LaneName;
}

/**
 * Refer to a job without importing it: for a web server, whose bundle then contains neither the handler nor its
 * dependencies, or for two jobs that enqueue each other.
 *
 *     import type { sendEmail } from "../jobs/send-email.ts";
 *     await enqueue(jobRef<typeof sendEmail>("send-email"), { to });
 *
 * The compiler checks the name and the input against the job's type. A reference has no schema, so the sender does not
 * validate the input: the worker does, and a run whose input is refused is dead, with the reason. The lane is that of
 * the reference. A lane that is too short for the job does no harm: the worker moves the run to the lane of its job.
 * @throws DefinitionError when the name or the lane cannot be right
 */
export const jobRef = <Referred extends JobTarget = never>(
  name: NoInfer<Referred["name"]>,
  { priority = "normal" }: JobRefOptions = {},
): JobRef<StandardSchemaV1.InferInput<Referred["input"]>> => {
  checkName(name);
  if (!isLaneName(priority)) {
    throw new DefinitionError(`reference to job "${name}": priority`, {
      expected: `one of ${laneNames.join(", ")}`,
      got: describeValue(priority),
    });
  }
  return { [refBrand]: true, name, lane: priority, timeoutMs: 0, input: anyInput };
};

export const isJobRef = (value: unknown): value is JobRef =>
  typeof value === "object" && value !== null && refBrand in value;

// biome-ignore lint/suspicious/noExplicitAny: stands for the job's schema, of which only the type is known
const anyInput: StandardSchemaV1<any, any> = {
  "~standard": { version: 1, vendor: "millrace", validate: (value) => ({ value }) },
};
