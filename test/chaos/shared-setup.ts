import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "@jest/globals";
import { bundleFunctions } from "../../infra/bundle.ts";
import { findProject } from "../../infra/project.ts";
import { type Reaper, startReaper } from "../../localstack/embedded/reaper.ts";
import { startServers } from "../../localstack/embedded/servers.ts";
import { type Clients, createClients } from "../../shared/aws/clients.ts";
import { pipelineEnv } from "../../shared/aws/env.ts";
import { useServers } from "../contract/stage.ts";

/** Shared by all tests of a file: the servers, and the code of the functions. */
export interface SharedSetup {
  readonly sqsUrl: string;
  readonly dynamodbUrl: string;
  /** Connected directly to the servers, for the test's own requests. */
  readonly clients: Clients;
  /** The folder of each function's code. */
  readonly code: Readonly<Record<FunctionName, string>>;
  /** Node's compile cache, so that hundreds of processes compile only once. */
  readonly compiled: string;
  readonly reaper: Reaper;
  /** Called after all tests. */
  readonly cleanups: (() => Promise<void>)[];
  /** For files of tests. */
  readonly folder: string;
}

export type FunctionName = "dispatcher" | "sweeper" | "worker" | "client";

/** Prepares the setup before all tests. @returns a function that returns the setup while tests run */
export const useSharedSetup = (): (() => SharedSetup) => {
  let prepared: (SharedSetup & { stop(): Promise<void> }) | undefined;
  beforeAll(async () => {
    prepared = await prepare();
  });
  afterAll(() => prepared?.stop());
  return () => {
    if (!prepared) throw new Error("the setup exists only while tests run");
    return prepared;
  };
};

const prepare = async (): Promise<SharedSetup & { stop(): Promise<void> }> => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-chaos-"));
  const [dataDir, compiled] = [join(folder, "data"), join(folder, "compiled")];
  mkdirSync(dataDir);
  const reaper = startReaper();
  const [servers, bundles] = await Promise.all([
    startServers({ dataDir, reaper }),
    bundleFunctions({
      project: findProject({ from: repository, jobs: join(here, "project", "jobs") }),
      outDir: join(folder, "functions"),
    }),
  ]);
  const code = { ...bundles, client: join(here, "project", "client") };
  await Promise.all(Object.values(code).map((each) => compile(each, compiled)));
  useServers(servers);
  const clients = createClients();
  const removals: SharedSetup["cleanups"] = [];
  return {
    sqsUrl: servers.sqsUrl,
    dynamodbUrl: servers.dynamodbUrl,
    clients,
    code,
    compiled,
    reaper,
    cleanups: removals,
    folder,
    async stop() {
      await Promise.all(removals.map((remove) => remove()));
      clients.dynamodb.destroy();
      clients.sqs.destroy();
      await servers.stop();
      await reaper.stop();
      rmSync(folder, { recursive: true });
    },
  };
};

const here = import.meta.dirname;
const repository = join(here, "..", "..");

/** Loads a function once to fill the compile cache: a killed process does not write to it. */
const compile = async (folder: string, cache: string): Promise<void> => {
  const variables = pipelineEnv.keyof().options.map((name) => [name, "none"]);
  const env = {
    ...process.env,
    ...Object.fromEntries(variables),
    MILLRACE_LANE: "normal",
    NODE_COMPILE_CACHE: cache,
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: "index.handler",
    AWS_LAMBDA_FUNCTION_NAME: "chaos",
  };
  await promisify(execFile)(process.execPath, [join(repository, "localstack/embedded/runtime.ts")], { env });
};
