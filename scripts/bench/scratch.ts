import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

/** Provides a temporary folder, which is removed afterwards, also when the process ends early. */
export const inScratch = async <Answer>(work: (folder: string) => Promise<Answer>): Promise<Answer> => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  folders.add(folder);
  try {
    return await work(folder);
  } finally {
    remove(folder);
  }
};

const remove = (folder: string): void => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  folders.delete(folder);
};

process.on("exit", () => folders.forEach(remove));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
