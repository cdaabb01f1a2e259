import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Registry } from "../shared/core/jobs/registry.ts";

/** The message is one sentence that names the file, and the line where there is one. */
class JobsError extends Error {
  override readonly name = "JobsError";
}

/**
 * Import the jobs and schedules of this project.
 * @throws JobsError, with one sentence, when a file of `jobs/` is missing or wrong, or the two lists do not fit together
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
  if (!(error instanceof Error)) return `a file of it threw ${JSON.stringify(error) ?? String(error)}`;
  const [firstLine = error.name] = error.message.split("\n");
  const message = firstLine.replaceAll(`${root}${sep}`, "").replaceAll("'../jobs/", "'jobs/");
  const place = locateInJobs(error.stack ?? "");
  return place === undefined ? message : `${place}: ${message}`;
};

/** The first line of the user's own files in a stack: where the error was thrown, or the syntax is wrong. */
const locateInJobs = (stack: string): string | undefined => {
  for (const [, url = "", line = ""] of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+)/g)) {
    const path = relative(root, fileURLToPath(url));
    if (path.startsWith(`jobs${sep}`)) return `${path}:${line}`;
    // Two lists that do not fit: the importing file says which name is missing, and not where.
    if (path === join("functions", "registry.ts") && stack.startsWith("file:")) return undefined;
  }
  return undefined;
};
