import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Generous, because some packages are large and a machine may be busy. */
const maxMinutes = 15;

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a command. @returns what it printed, on standard output and then on standard error */
export const run = async (
  command: string,
  args: readonly string[],
  { env }: CommandOptions = {},
): Promise<string> => {
  const { stdout, stderr } = await execute(command, args, {
    timeout: maxMinutes * 60_000,
    ...(env && { env }),
  });
  return stdout + stderr;
};

/** Runs a command. @returns what it printed, or undefined when it is missing or fails */
export const tryRun = async (
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string | undefined> => await run(command, args, options).catch(() => undefined);

interface CommandProblem {
  readonly code?: string | number | null;
  readonly killed?: boolean;
  readonly cmd?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Whether the program of a command does not exist. */
export const isMissingProgram = (problem: unknown): boolean => {
  const { code }: CommandProblem = Object(problem);
  return code === "ENOENT";
};

/** Says in one line why a command failed: the last line of a failing tool's output is the most useful. */
export const reasonOf = (problem: unknown): string => {
  const { code, killed, cmd, stdout, stderr }: CommandProblem = Object(problem);
  if (cmd === undefined) return String(problem);
  const lastLine = `${stdout}\n${stderr}`.trim().split("\n").at(-1);
  return `"${cmd}" ${killed ? `took over ${maxMinutes} minutes` : `failed: ${lastLine || `exit code ${code}`}`}`;
};
