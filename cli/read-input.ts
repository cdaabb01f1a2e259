import { readFile } from "node:fs/promises";
import type { Io } from "./io.ts";
import { UsageError } from "./problem.ts";

/** What `--input` takes, for the help of every command that has it. */
export const inputHelp = "JSON, or @file, or - for standard input";

/** @throws UsageError when it is not JSON, or the file cannot be read. */
export const readInput = async (text: string, io: Io): Promise<unknown> => {
  const json = await textOf(text, io);
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`--input: expected JSON such as '{"year":2015}': ${String(error)}`);
  }
};

const textOf = async (text: string, io: Io): Promise<string> => {
  if (text === "-") return await io.readStdin();
  if (!text.startsWith("@")) return text;
  return await readFile(text.slice(1), "utf8").catch((error: unknown) => {
    throw new UsageError(`--input: expected a file that can be read: ${String(error)}`);
  });
};
