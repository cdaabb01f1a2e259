import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FileChange } from "./plan.ts";

/** Writes all files, and refuses to replace one that has appeared since the plan was made. */
export const writeChanges = (folder: string, changes: readonly FileChange[]): void => {
  for (const { path, text, kind } of changes) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: kind === "create" ? "wx" : "w" });
  }
};
