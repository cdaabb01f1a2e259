import * as z from "zod";
import { jobSecretsText } from "../core/jobs/job-secrets.ts";

/** The environment of every function, parsed once, whole, at cold start. Infra satisfies the same types. */

const text = z.string().min(1);

const ofSender = {
  MILLRACE_STAGE: text,
  MILLRACE_RUNS_TABLE: text,
  MILLRACE_STATE_TABLE: text,
  MILLRACE_QUEUE_CRITICAL: text,
  MILLRACE_QUEUE_HIGH: text,
  MILLRACE_QUEUE_NORMAL: text,
  MILLRACE_QUEUE_LOW: text,
};

const common = {
  ...ofSender,
  MILLRACE_DLQ_CRITICAL: text,
  MILLRACE_DLQ_HIGH: text,
  MILLRACE_DLQ_NORMAL: text,
  MILLRACE_DLQ_LOW: text,
};

/** Variables that Lambda sets and that a deployment cannot set. */
const ofLambda = { AWS_LAMBDA_FUNCTION_NAME: text };

/** The locations of the pipeline's tables and lanes, which enqueueing needs. */
export const senderEnv = z.object(ofSender);
/** The locations of tables, lanes and dead-letter queues, which the CLI needs. */
export const pipelineEnv = z.object(common);
export const dispatcherEnv = z.object({
  ...common,
  ...ofLambda,
  /** Whether a tick may fan out shards: `off` where the account has no concurrency to spare. */
  MILLRACE_FAN_OUT: z.enum(["on", "off"]).default("on"),
});
export const sweeperEnv = z.object(common);
export const workerEnv = z.object({
  ...common,
  MILLRACE_LANE: z.enum(["critical", "high", "normal", "low"]),
  /** The sources of job secrets by variable, as JSON. It contains no secret. */
  MILLRACE_JOB_SECRETS: jobSecretsText,
});

export type SenderEnv = z.infer<typeof senderEnv>;
export type PipelineEnv = z.infer<typeof pipelineEnv>;
export type DispatcherEnv = Omit<z.infer<typeof dispatcherEnv>, keyof typeof ofLambda>;
export type SweeperEnv = z.infer<typeof sweeperEnv>;
export type WorkerEnv = z.input<typeof workerEnv>;

/**
 * Parse an environment.
 * @throws Error that names every missing or invalid variable, so that a function fails at its cold start.
 */
export const readEnv = <Env>(schema: z.ZodType<Env>, env: NodeJS.ProcessEnv): Env => {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = issue.path.join(".");
    return env[name] === undefined ? `${name} is missing` : `${name}: ${issue.message}`;
  });
  throw new Error(`environment: ${problems.join("; ")}. Set these variables on the function.`);
};
