import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleFunctions } from "../../infra/bundle.ts";
import { type Reaper, startReaper } from "../../localstack/embedded/reaper.ts";
import { startServers } from "../../localstack/embedded/servers.ts";
import { type Clients, createClients } from "../../shared/aws/clients.ts";
import { pipelineEnv } from "../../shared/aws/env.ts";
import { useServers } from "../contract/stage.ts";

/** What all tests of a file share: the servers, and the functions to be killed. */
export interface Ground {
  readonly sqsUrl: string;
  readonly dynamodbUrl: string;
  /** Straight to the servers: for what the test itself does and sees. */
  readonly clients: Clients;
  /** The folder of each function's code. */
  readonly code: Readonly<Record<FunctionName, string>>;
  readonly reaper: Reaper;
  /** Where Node keeps what it has compiled: hundreds of processes start, and compile once. */
  readonly compiled: string;
  /** For the files of tests. */
  readonly folder: string;
  stop(): Promise<void>;
}

export type FunctionName = "dispatcher" | "sweeper" | "worker" | "client";

export const prepareGround = async (): Promise<Ground> => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-chaos-"));
  const reaper = startReaper();
  const [dataDir, compiled] = [join(folder, "data"), join(folder, "compiled")];
  mkdirSync(dataDir);
  const [servers, bundles] = await Promise.all([
    startServers({ dataDir, reaper }),
    bundleFunctions({ root: projectIn(folder) }),
  ]);
  useServers(servers);
  const code = { ...bundles, client: join(import.meta.dirname, "project", "client") };
  await Promise.all(Object.values(code).map((folder_) => compile(folder_, compiled)));
  const clients = createClients();
  return {
    ...servers,
    ...{ clients, reaper, folder, compiled },
    code,
    async stop() {
      clients.dynamodb.destroy();
      clients.sqs.destroy();
      await servers.stop();
      await reaper.stop();
      rmSync(folder, { recursive: true });
    },
  };
};

/** Loads a function once, to the end: a process that is killed leaves nothing compiled behind. */
const compile = async (folder: string, cache: string): Promise<void> => {
  const variables = pipelineEnv.keyof().options.map((name) => [name, "none"]);
  const env = {
    ...{ ...process.env, ...Object.fromEntries(variables), MILLRACE_LANE: "normal" },
    ...{ NODE_COMPILE_CACHE: cache, LAMBDA_TASK_ROOT: folder, _HANDLER: "index.handler" },
  };
  await promisify(execFile)(process.execPath, [join(repository, "localstack/embedded/runtime.ts")], { env });
};

const here = import.meta.dirname;
const repository = join(here, "..", "..");

/** The real functions, with the jobs of the tests where a user's would be. Copied, since a link leads back to its origin. */
const projectIn = (folder: string): string => {
  const root = join(folder, "project");
  cpSync(join(repository, "functions"), join(root, "functions"), { recursive: true });
  for (const name of ["shared", "node_modules"]) symlinkSync(join(repository, name), join(root, name));
  symlinkSync(join(here, "project", "jobs"), join(root, "jobs"));
  return root;
};
