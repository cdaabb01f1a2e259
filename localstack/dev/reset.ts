import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { deleteData, storedIn } from "../embedded/data-files.ts";
import { lockFolder } from "../embedded/lock.ts";

export interface ResetOptions {
  readonly dataDir: string;
  readonly isConfirmed: boolean;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Deletes the data of a folder, after confirmation.
 * @returns false when the answer was no
 * @throws Error when another process uses the folder, or when there is no terminal for the confirmation
 */
export const reset = async ({ dataDir, isConfirmed, input, output }: ResetOptions): Promise<boolean> => {
  const { files, bytes } = storedIn(dataDir);
  if (files.length === 0) return true;
  checkUnused(dataDir);
  const what = `all runs, messages and schedules made at run time in ${dataDir} (${Math.ceil(bytes / 1_000)} kB)`;
  if (!isConfirmed) {
    if (!input.isTTY) throw new Error(`--reset deletes ${what}: confirm it with --yes`);
    const terminal = createInterface({ input, output });
    const answer = await terminal.question(`Delete ${what}? Type yes: `);
    terminal.close();
    if (answer.trim().toLowerCase() !== "yes") return false;
  }
  deleteData(dataDir);
  output.write(`Deleted ${what}.\n`);
  return true;
};

/** Ignores a damaged lock file: no running process can hold it. */
const checkUnused = (dataDir: string): void => {
  mkdirSync(dataDir, { recursive: true });
  try {
    lockFolder(dataDir)();
  } catch (problem) {
    if (!(problem instanceof Error) || problem.name !== "UnusableDataError") throw problem;
  }
};
