import type * as z from "zod";
import { OperationInputError } from "../core/errors.ts";
import type { Problem } from "../core/problem.ts";
import type { PipelineContext } from "../pipeline/context.ts";
import { onServerClock } from "./server-clock.ts";

/** One thing an operator can do. The CLI, the HTTP API and MCP are views of the list of these. */
export interface Operation<Schema extends z.ZodType = z.ZodType, Result = unknown> {
  readonly name: string;
  /** What it does, in one sentence that begins with a verb. */
  readonly description: string;
  readonly input: Schema;
  /** True: it changes nothing. */
  readonly readOnly: boolean;
  // A method, so that operations with different inputs fit into one list.
  run(input: z.output<Schema>, context: PipelineContext): Promise<Result>;
}

export const defineOperation = <Schema extends z.ZodType, Result>(
  operation: Operation<Schema, Result>,
): Operation<Schema, Result> => operation;

/**
 * Check an untrusted input, then run the operation.
 * @throws OperationInputError when the schema refuses it; NotFoundError; anything else that the operation throws.
 */
export const operate = async <Schema extends z.ZodType, Result>(
  operation: Operation<Schema, Result>,
  input: unknown,
  context: PipelineContext,
): Promise<Result> => {
  const { success, data, error } = await operation.input.safeParseAsync(input, { reportInput: true });
  if (success) return await operation.run(data, await onClock(operation, context));
  throw new OperationInputError(error.issues.map(problem));
};

/** A change takes effect from now on, by the server's clock. */
const onClock = async ({ readOnly }: Operation, context: PipelineContext): Promise<PipelineContext> =>
  readOnly ? context : { ...context, ports: await onServerClock(context.ports) };

const problem = ({ path, message, input }: z.core.$ZodIssue): Problem => {
  const got = input === undefined ? "nothing" : JSON.stringify(input).slice(0, 80);
  return { field: path.join(".") || "input", message: `${message}, got ${got}`, got };
};
