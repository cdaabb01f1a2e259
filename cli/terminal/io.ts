import type { Command } from "commander";
import type * as z from "zod";
import { withoutUndefined } from "../../shared/core/without-undefined.ts";
import { type Operation, type OperationContext, operate } from "../../shared/operations/operation.ts";
import { type PipelineName, pipelineLine } from "../pipeline-name.ts";
import { type Paint, painter } from "./color.ts";

/** All that the program needs of the process it runs in. */
export interface CliIo {
  out(line: string): void;
  err(line: string): void;
  readStdin(): Promise<Uint8Array>;
  /** Find the pipeline: the one of that stage, or whichever is at hand. */
  connect(options: ConnectOptions): Promise<Connection>;
  readonly isColoured: boolean;
  /** The same of `err`, which may lead elsewhere. */
  readonly isErrColoured: boolean;
  /** Infinite when nobody looks at a screen. */
  readonly columns: number;
}

export interface Connection {
  readonly context: OperationContext;
  readonly pipeline: PipelineName;
}

export interface ConnectOptions {
  readonly stage?: string;
  /** For what the pipeline has to say while it does what it was asked for. */
  warn(message: string): void;
}

/** What a view needs besides the result it shows. */
export interface Terminal {
  readonly now: number;
  readonly columns: number;
  readonly paint: Paint;
}

interface Question<Schema extends z.ZodType, Result extends object> {
  readonly operation: Operation<Schema, Result>;
  readonly input: unknown;
  readonly view: (result: Result, screen: Terminal) => string;
}

/**
 * What every command does: ask one operation, and show its answer as text or as JSON. The pipeline is named on stderr
 * before anything is asked of it, or is a field of the JSON.
 * @returns the answer
 */
export const answer = async <Schema extends z.ZodType, Result extends object>(
  io: CliIo,
  command: Command,
  { operation, input, view }: Question<Schema, Result>,
): Promise<Result> => {
  const { json, stage } = command.optsWithGlobals<{ readonly json?: true; readonly stage?: string }>();
  const warn = (message: string): void => io.err(`millrace: ${message}`);
  const { context, pipeline } = await io.connect(withoutUndefined({ stage, warn }));
  if (!json) io.err(painter(io.isErrColoured)("dim", pipelineLine(pipeline)));
  const result = await operate(operation, input, context);
  const screen = { now: context.ports.clock.now(), columns: io.columns, paint: painter(io.isColoured) };
  io.out(json ? JSON.stringify({ pipeline, ...result }, null, 2) : view(result, screen));
  return result;
};
