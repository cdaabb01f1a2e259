import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setPriority } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import type { Project } from "../../infra/project.ts";

/** Checks the types of an app beside the pipeline, and never in its way. */
export interface TypeCheck {
  /** Starts a check, in place of one that has not ended. */
  check(): void;
  stop(): void;
}

/** Receives the lines of a check when they differ from the previous ones; none when the errors are gone. */
export type OnTypes = (errors: readonly string[]) => void;

/**
 * Uses the app's own compiler and tsconfig.json. A process per check, and not `tsc --watch`: that one keeps 100 to 300 MB
 * between two changes, and an incremental check of a small app takes less than a second.
 * @returns undefined when the app has no compiler or no tsconfig.json
 */
export const startTypeCheck = ({ root }: Pick<Project, "root">, onTypes: OnTypes): TypeCheck | undefined => {
  const compiler = compilerOf(root);
  if (compiler === undefined || !existsSync(join(root, "tsconfig.json"))) return undefined;
  let running: ChildProcess | undefined;
  let last = "";
  const onOutput = (output: string): void => {
    const errors = output.split("\n").filter((line) => line.trim() !== "");
    if (errors.join("\n") === last) return;
    last = errors.join("\n");
    onTypes(errors);
  };
  return {
    check() {
      running?.kill("SIGKILL");
      const child = spawn(process.execPath, [compiler, ...flagsOf(root)], {
        cwd: root,
        stdio: ["ignore", "pipe", "ignore"],
      });
      running = child;
      lowerPriority(child.pid);
      text(child.stdout).then(
        (output) => child === running && !child.killed && onOutput(output),
        () => undefined,
      );
    },
    stop() {
      running?.kill("SIGKILL");
      running = undefined;
    },
  };
};

const flagsOf = (root: string): readonly string[] => {
  const state = join(root, ".millrace", "build", "types.tsbuildinfo");
  return ["--noEmit", "--pretty", "false", "--incremental", "--tsBuildInfoFile", state];
};

const manifest = z.object({ bin: z.object({ tsc: z.string() }) });

const compilerOf = (root: string): string | undefined => {
  try {
    const path = createRequire(join(root, "package.json")).resolve("typescript/package.json");
    return join(dirname(path), manifest.parse(JSON.parse(readFileSync(path, "utf8"))).bin.tsc);
  } catch {
    return undefined;
  }
};

/** Jobs go first. */
const lowerPriority = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) setPriority(pid, 10);
  } catch {
    // The process has ended.
  }
};
