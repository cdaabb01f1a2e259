import type { Command } from "commander";
import type * as z from "zod";
import type { Registry } from "../../shared/core/jobs/registry.ts";
import { withoutUndefined } from "../../shared/core/without-undefined.ts";
import { type Operation, operate } from "../../shared/operations/operation.ts";
import type { PipelineContext } from "../../shared/pipeline/context.ts";
import { type PipelineName, pipelineLine } from "../pipeline-name.ts";
import { type Paint, painter } from "./color.ts";

/** Everything that the program needs from its process. */
export interface CliIo {
  out(line: string): void;
  err(line: string): void;
  readStdin(): Promise<Uint8Array>;
  /** The folder that the command was called in. */
  readonly cwd: string;
  /** Loads the jobs and schedules of the project. Throws CliError that names the file which cannot be loaded. */
  loadJobs(jobs?: string): Promise<Registry>;
  /** Finds the pipeline: of the given stage, or else the default one. */
  connect(options: ConnectOptions): Promise<Connection>;
  readonly isColored: boolean;
  /** The same for `err`, which may go elsewhere than `out`. */
  readonly isErrColored: boolean;
  /** Infinite when the output is not a screen. */
  readonly columns: number;
}

export interface Connection {
  readonly context: PipelineContext;
  readonly pipeline: PipelineName;
}

export interface ConnectOptions {
  readonly stage?: string;
  /** The folder or module of jobs, as typed. */
  readonly jobs?: string;
  /** Receives the pipeline's warnings while a command runs. */
  warn(message: string): void;
}

/** The options of every command, as typed. */
export interface GlobalOptions {
  readonly json?: true;
  readonly stage?: string;
  readonly jobs?: string;
}

/** What a view needs besides the result it shows. */
export interface Terminal {
  readonly now: number;
  readonly columns: number;
  readonly paint: Paint;
}

interface OperationCall<Schema extends z.ZodType, Result extends object> {
  readonly operation: Operation<Schema, Result>;
  readonly input: unknown;
  readonly view: (result: Result, screen: Terminal) => string;
}

/**
 * Runs one operation and prints its result as text or as JSON. Names the pipeline on stderr before the operation runs,
 * or in a field of the JSON.
 * @returns the operation's result
 */
export const runOperation = async <Schema extends z.ZodType, Result extends object>(
  io: CliIo,
  command: Command,
  { operation, input, view }: OperationCall<Schema, Result>,
): Promise<Result> => {
  const { json, stage, jobs } = command.optsWithGlobals<GlobalOptions>();
  const warn = (message: string): void => io.err(`millrace: ${message}`);
  const { context, pipeline } = await io.connect(withoutUndefined({ stage, jobs, warn }));
  if (!json) io.err(painter(io.isErrColored)("dim", pipelineLine(pipeline)));
  const result = await operate(operation, input, context);
  const screen = { now: context.ports.clock.now(), columns: io.columns, paint: painter(io.isColored) };
  io.out(json ? JSON.stringify({ pipeline, ...result }, null, 2) : view(result, screen));
  return result;
};
