import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Registry } from "../shared/core/jobs/registry.ts";

/** The message is one sentence that names the file, and the line where there is one. */
class JobsError extends Error {
  override readonly name = "JobsError";
}

/**
 * Imports the jobs and schedules of this project.
 * @throws JobsError, with one sentence, when a file of `jobs/` is missing or invalid, or the two lists do not match
 */
export const loadRegistry = async (): Promise<Registry> => {
  try {
    return (await import("./registry.ts")).registry;
  } catch (error) {
    throw new JobsError(`jobs/ cannot be loaded: ${describe(error)}`, { cause: error });
  }
};

const root = join(import.meta.dirname, "..");

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return `a file threw ${JSON.stringify(error) ?? String(error)}`;
  const [firstLine = error.name] = error.message.split("\n");
  const message = firstLine.replaceAll(`${root}${sep}`, "").replaceAll("'../jobs/", "'jobs/");
  const place = locateInJobs(error.stack ?? "");
  return place === undefined ? message : `${place}: ${message}`;
};

/** Finds the first line of a user's file in a stack: where the error was thrown, or where the syntax error is. */
const locateInJobs = (stack: string): string | undefined => {
  for (const [, url = "", line = ""] of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+)/g)) {
    const path = relative(root, fileURLToPath(url));
    if (path.startsWith(`jobs${sep}`)) return `${path}:${line}`;
    // The two lists do not match. The position in the importing file would not help.
    if (path === join("functions", "registry.ts") && stack.startsWith("file:")) return undefined;
  }
  return undefined;
};
