import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./project.ts";
import { inScratch } from "./scratch.ts";
import { count } from "./table.ts";

export interface FirstRun {
  readonly cloneMs: number;
  /** From `npm start` on. */
  readonly bannerMs: number;
  readonly succeededMs: number;
  readonly line: string;
}

/** Clones the last commit, and runs what a new user runs. */
export const measureClone = (): Promise<FirstRun> =>
  inScratch(async (folder) => {
    const clone = join(folder, "millrace");
    const from = Date.now();
    execFileSync("git", ["clone", "--quiet", root, clone]);
    return { cloneMs: Date.now() - from, ...(await firstRun(clone)) };
  });

const firstRun = async (cwd: string): Promise<Omit<FirstRun, "cloneMs">> => {
  const startedAt = Date.now();
  // A separate process group, with npm and all its children.
  const npm = spawn("npm", ["start"], {
    cwd,
    env: newUserEnv(),
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(npm, "exit");
  let welcomeMs = Number.NaN;
  try {
    for await (const line of createInterface({ input: npm.stdout })) {
      if (line.startsWith("Millrace is running")) welcomeMs = Date.now() - startedAt;
      if (/\bsucceeded\b/.test(line))
        return { bannerMs: welcomeMs, succeededMs: Date.now() - startedAt, line: line.trim() };
    }
    throw new Error("npm start ended before any run had succeeded");
  } finally {
    if (npm.exitCode === null && npm.pid !== undefined) process.kill(-npm.pid, "SIGINT");
    await exited;
  }
};

/** Without the variables of the npm that runs this script, whose Node would come first on the PATH. */
const newUserEnv = (): NodeJS.ProcessEnv => {
  const entries = Object.entries(process.env).filter(([name]) => !/^(npm_|AWS_|NODE_)/i.test(name));
  const { PATH = "" } = process.env;
  const path = PATH.split(":").filter((entry) => !entry.includes("node_modules"));
  return { ...Object.fromEntries(entries), PATH: path.join(":") };
};

export const describeClone = ({ cloneMs, bannerMs, succeededMs, line }: FirstRun): string =>
  [
    `\`git clone\` takes ${seconds(cloneMs)}. \`npm start\` in the clone, which installs everything, with npm's cache warm: ${seconds(bannerMs)} until the pipeline is running, **${seconds(succeededMs)} until the first run has succeeded**:`,
    "",
    `    ${line}`,
  ].join("\n");

const seconds = (ms: number): string => `${count(ms / 1_000)} s`;
