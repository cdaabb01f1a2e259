import type * as z from "zod";
import { OperationInputError } from "../core/errors.ts";
import type { Registry } from "../core/jobs/registry.ts";
import type { Problem } from "../core/problem.ts";
import type { Ports } from "../ports/index.ts";
import { onServerClock } from "./server-clock.ts";

export interface OperationContext {
  readonly ports: Ports;
  readonly registry: Registry;
}

/** One thing an operator can do. The CLI, the HTTP API and MCP are views of the list of these. */
export interface Operation<Schema extends z.ZodType = z.ZodType, Result = unknown> {
  readonly name: string;
  /** What it does, in one sentence that begins with a verb. */
  readonly description: string;
  readonly input: Schema;
  /** Whether anything is different afterwards. */
  readonly changes: boolean;
  // A method, because operations of every input stand together in one list.
  run(input: z.output<Schema>, context: OperationContext): Promise<Result>;
}

export const defineOperation = <Schema extends z.ZodType, Result>(
  operation: Operation<Schema, Result>,
): Operation<Schema, Result> => operation;

/**
 * Check an input that anybody may have sent, then do what it asks for.
 * @throws OperationInputError when the schema refuses it; NotFoundError and whatever else the operation throws.
 */
export const operate = async <Schema extends z.ZodType, Result>(
  operation: Operation<Schema, Result>,
  input: unknown,
  context: OperationContext,
): Promise<Result> => {
  const { success, data, error } = await operation.input.safeParseAsync(input, { reportInput: true });
  if (success) return await operation.run(data, await onClock(operation, context));
  throw new OperationInputError(error.issues.map(problem));
};

/** Whatever changes something counts from now, and that is the server's. */
const onClock = async ({ changes }: Operation, context: OperationContext): Promise<OperationContext> =>
  changes ? { ...context, ports: await onServerClock(context.ports) } : context;

const problem = ({ path, message, input }: z.core.$ZodIssue): Problem => {
  const got = input === undefined ? "nothing" : JSON.stringify(input).slice(0, 80);
  return { field: path.join(".") || "input", message: `${message}, got ${got}`, got };
};
