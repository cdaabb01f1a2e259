import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../infra/project.ts";

/** One folder per version of the functions, in the project, so that external packages are found from there. */
export interface VersionFolders {
  /** Names a folder for another version. */
  next(): string;
  /** Stores compiled code. */
  readonly codeCache: string;
  deleteAll(): void;
}

/** Deletes the folders that a process which was killed has left. */
export const versionFolders = ({ root }: Pick<Project, "root">): VersionFolders => {
  const parent = join(root, ".millrace", "build", "dev");
  const names = existsSync(parent) ? readdirSync(parent) : [];
  for (const name of names.filter((one) => !isRunning(Number(one)))) {
    rmSync(join(parent, name), { recursive: true, force: true });
  }
  const own = join(parent, `${process.pid}`);
  let count = 0;
  return {
    next: () => join(own, `${++count}`),
    codeCache: join(own, "code-cache"),
    deleteAll: () => rmSync(own, { recursive: true, force: true }),
  };
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
