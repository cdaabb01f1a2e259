import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleFunctions } from "../../infra/bundle.ts";
import { type Reaper, startReaper } from "../../localstack/embedded/reaper.ts";
import { startServers } from "../../localstack/embedded/servers.ts";
import { type Clients, createClients } from "../../shared/aws/clients.ts";
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
  /** For the files of tests. */
  readonly folder: string;
  stop(): Promise<void>;
}

export type FunctionName = "dispatcher" | "sweeper" | "worker" | "client";

export const prepareGround = async (): Promise<Ground> => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-chaos-"));
  const reaper = startReaper();
  const dataDir = join(folder, "data");
  mkdirSync(dataDir);
  const [servers, bundles] = await Promise.all([
    startServers({ dataDir, reaper }),
    bundleFunctions({ root: projectIn(folder) }),
  ]);
  useServers(servers);
  const clients = createClients();
  return {
    ...servers,
    ...{ clients, reaper, folder },
    code: { ...bundles, client: join(import.meta.dirname, "project", "client") },
    async stop() {
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

/** The real functions, with the jobs of the tests where a user's would be. Copied, since a link leads back to its origin. */
const projectIn = (folder: string): string => {
  const root = join(folder, "project");
  cpSync(join(repository, "functions"), join(root, "functions"), { recursive: true });
  for (const name of ["shared", "node_modules"]) symlinkSync(join(repository, name), join(root, name));
  symlinkSync(join(here, "project", "jobs"), join(root, "jobs"));
  return root;
};
