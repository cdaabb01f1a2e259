import { EventEmitter, once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { findProject, type Project } from "../../infra/project.ts";
import type { Concurrency } from "../embedded/functions.ts";
import type { StackEnv } from "../embedded/resources.ts";
import { type Stack, startStack } from "../embedded/stack.ts";
import { banner } from "./banner.ts";
import { type Build, buildFunctions } from "./build.ts";
import { report } from "./report.ts";
import { reset } from "./reset.ts";

/** What `millrace dev` was asked for. */
export interface DevOptions {
  /** Where the command was called. */
  readonly from: string;
  /** The folder or module of jobs, as typed. */
  readonly jobs?: string | undefined;
  /** Default: `.millrace` in the project. */
  readonly dataDir?: string | undefined;
  /** `ask`: confirm first; `yes`: already confirmed. */
  readonly reset: "no" | "ask" | "yes";
  readonly isVerbose: boolean;
  readonly concurrency: Concurrency;
}

export interface DevIo {
  out(line: string): void;
  readonly isColored: boolean;
}

/** After how long without work a function's process ends. */
const idleMs = 30_000;

/**
 * Runs the whole pipeline with the jobs of a project on this machine, until a signal.
 * @throws Error with one sentence when it cannot start. Nothing that it created is left then.
 */
export const runDev = async (options: DevOptions, io: DevIo): Promise<void> => {
  const { from, jobs, reset: wanted } = options;
  const project = findProject({ from, jobs });
  const dataDir = options.dataDir ?? join(project.root, ".millrace");
  const { stdin: input, stdout: output } = process;
  if (wanted !== "no" && !(await reset({ dataDir, isConfirmed: wanted === "yes", input, output }))) {
    return io.out("Nothing was deleted.");
  }
  const created = [join(project.root, ".millrace"), dataDir].filter((folder) => !existsSync(folder));
  const versions = versionFolders(project);
  const signals = listenForSignals();
  try {
    const build = await buildFunctions({ from, jobs, outDir: versions.next() }, signals.first);
    await runStack({ ...options, dataDir }, { build, io, signals });
  } catch (error) {
    for (const folder of created) rmSync(folder, { recursive: true, force: true });
    if (!signals.first.aborted) throw error;
  } finally {
    signals.ignore();
    versions.deleteAll();
  }
};

/**
 * One folder per version of the functions, in the project, so that external packages are found from there. Those that
 * an earlier process could not delete are deleted first.
 */
const versionFolders = ({ root }: Project) => {
  const parent = join(root, ".millrace", "build", "dev");
  const names = existsSync(parent) ? readdirSync(parent) : [];
  for (const name of names.filter((one) => !isRunning(Number.parseInt(one, 10)))) {
    rmSync(join(parent, name), { recursive: true, force: true });
  }
  const own = join(parent, `${process.pid}`);
  let count = 0;
  return {
    next: (): string => join(own, `${++count}`),
    deleteAll: (): void => rmSync(own, { recursive: true, force: true }),
  };
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

interface Running {
  readonly build: Build;
  readonly io: DevIo;
  readonly signals: Signals;
}

const runStack = async (
  { dataDir, isVerbose, concurrency }: DevOptions & { readonly dataDir: string },
  running: Running,
): Promise<void> => {
  const { build, io } = running;
  const { AWS_ENDPOINT_URL_DYNAMODB } = process.env;
  mkdirSync(dataDir, { recursive: true });
  const stack = await startStack({
    dataDir,
    bundles: build.bundles,
    concurrency,
    idleMs,
    environment: forJobs(process.env),
    dynamodbUrl: AWS_ENDPOINT_URL_DYNAMODB,
    onLine(line) {
      const text = report(line, new Date(), { isColored: io.isColored, isVerbose });
      if (text !== undefined) io.out(text);
    },
  });
  const envFile = join(dataDir, "env");
  writeFileSync(envFile, dotenv(stack.env));
  io.out(banner(stack.env, relative(process.cwd(), envFile)));
  await untilStopped(stack, running);
  rmSync(envFile, { force: true });
  io.out("Stopped. Your data is kept; millrace dev continues from here.");
};

/** This process's environment, for jobs, without the developer's AWS variables. */
const forJobs = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !entry[0].startsWith("AWS_") && entry[0] !== "NODE_OPTIONS",
    ),
  );

const dotenv = (env: StackEnv): string =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

interface Signals {
  /** Aborted at the first signal. */
  readonly first: AbortSignal;
  /** Calls back at every further signal. */
  onAnother(callback: () => void): void;
  ignore(): void;
}

const listenForSignals = (): Signals => {
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const first = new AbortController();
  const more = new EventEmitter();
  let firstAt: number | undefined;
  const onSignal = (): void => {
    // npm forwards the Ctrl-C that the terminal has already sent to this process.
    if (firstAt !== undefined && Date.now() - firstAt > 500) more.emit("signal");
    firstAt ??= Date.now();
    first.abort();
  };
  for (const name of names) process.on(name, onSignal);
  return {
    first: first.signal,
    onAnother: (callback) => void more.on("signal", callback),
    ignore() {
      for (const name of names) process.off(name, onSignal);
    },
  };
};

/** The first signal drains; a second one ends at once. */
const untilStopped = async (stack: Stack, { io, signals }: Running): Promise<void> => {
  if (!signals.first.aborted) await once(signals.first, "abort");
  io.out("\nStopping: waiting for running jobs. Press Ctrl-C again to end them now.");
  signals.onAnother(() => stack.kill());
  await stack.stop();
};
