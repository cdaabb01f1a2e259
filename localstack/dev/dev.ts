import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProject, type Project } from "../../infra/project.ts";
import type { Concurrency } from "../embedded/functions.ts";
import type { StackEnv } from "../embedded/resources.ts";
import { type Stack, startStack } from "../embedded/stack.ts";
import { banner } from "./banner.ts";
import { type Build, buildFunctions } from "./build.ts";
import { changeLines, typeLines } from "./change-lines.ts";
import { type Redeployment, startRedeployment } from "./redeploy.ts";
import { createReport, ownLine } from "./report.ts";
import { reset } from "./reset.ts";
import { listenForSignals, type Signals } from "./signals.ts";
import { startTypeCheck, type TypeCheck } from "./types.ts";
import { type VersionFolders, versionFolders } from "./version-folders.ts";

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
  readonly isWatching: boolean;
  readonly checksTypes: boolean;
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
    const folder = versions.next();
    const build = await buildFunctions({ from, jobs, outDir: folder }, signals.first);
    await runStack({ ...options, dataDir }, { project, build, folder, versions, io, signals });
  } catch (error) {
    for (const path of created) rmSync(path, { recursive: true, force: true });
    if (!signals.first.aborted) throw error;
  } finally {
    signals.ignore();
    versions.deleteAll();
  }
};

interface Running {
  readonly project: Project;
  readonly build: Build;
  /** The folder of the build. */
  readonly folder: string;
  readonly versions: VersionFolders;
  readonly io: DevIo;
  readonly signals: Signals;
}

const runStack = async (
  options: DevOptions & { readonly dataDir: string },
  running: Running,
): Promise<void> => {
  const { dataDir, isVerbose, isWatching, from: cwd } = options;
  const { project, build, versions, io } = running;
  const { AWS_ENDPOINT_URL_DYNAMODB } = process.env;
  const report = createReport({ isColored: io.isColored, isVerbose });
  const stack = await startStack({
    dataDir,
    bundles: build.bundles,
    concurrency: options.concurrency,
    idleMs,
    codeCache: versions.codeCache,
    environment: forJobs(process.env),
    dynamodbUrl: AWS_ENDPOINT_URL_DYNAMODB,
    onLine(line) {
      const text = report(line, new Date());
      if (text !== undefined) io.out(text);
    },
  });
  const envFile = join(dataDir, "env");
  writeFileSync(envFile, dotenv(stack.env));
  const { env, dynamodbLabel } = stack;
  io.out(banner({ env, dynamodbLabel, envFile, cwd, project, build, isWatching }));
  const types = options.checksTypes ? checkTypes(running) : undefined;
  types?.check();
  const redeployment = isWatching ? redeployOnChange({ options, stack, running, types }) : undefined;
  await untilStopped(stack, running, () => {
    redeployment?.stop();
    types?.stop();
  });
  rmSync(envFile, { force: true });
  io.out("Stopped. Your data is kept; millrace dev continues from here.");
};

const checkTypes = ({ project, io }: Running): TypeCheck | undefined =>
  startTypeCheck(project, (errors) => {
    for (const text of typeLines(errors, io.isColored)) io.out(ownLine("types", text, new Date()));
  });

interface Redeploying {
  readonly options: DevOptions;
  readonly stack: Stack;
  readonly running: Running;
  readonly types: TypeCheck | undefined;
}

const redeployOnChange = ({ options: { from, jobs }, stack, running, types }: Redeploying): Redeployment => {
  const { project, build, folder, versions, io } = running;
  return startRedeployment({
    query: { from, jobs },
    project,
    first: { build, folder },
    nextFolder: versions.next,
    stack,
    onChange(change) {
      for (const text of changeLines(change, io.isColored)) io.out(ownLine("dev", text, new Date()));
    },
    afterBuild: () => types?.check(),
  });
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

/** The first signal drains; a second one ends at once. */
const untilStopped = async (
  stack: Stack,
  { io, signals }: Running,
  beforeDrain: () => void,
): Promise<void> => {
  if (!signals.first.aborted) await once(signals.first, "abort");
  io.out("\nStopping: waiting for running jobs. Press Ctrl-C again to end them now.");
  signals.onAnother(() => stack.kill());
  beforeDrain();
  await stack.stop();
};
