import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { namesOf } from "../../shared/core/names.ts";
import { ourNodeFirst } from "../ministack/server.ts";
import { account, credentials, region } from "./access.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");

export const stage = "dev";
const { stack } = namesOf(stage);

/** What CDK says of a stack that is as it should be. */
export const nothingToDeploy = `✅  ${stack} (no changes)`;

/** What a project has in place of the jobs and schedules of this one. */
export interface JobFiles {
  /** The text of jobs/index.ts. */
  readonly index: string;
  /** The text of jobs/schedules.ts. */
  readonly schedules: string;
  /** The folder of this project that those two import from. */
  readonly from: string;
}

/** A copy of this project with other jobs: what its users make of it. All else is deployed as it stands here. */
export interface Project {
  write(path: string, text: string): Promise<void>;
  /** Give the endpoint what CDK needs before the first deployment. */
  bootstrap(): Promise<void>;
  /** Deploy the stage. Answers what CDK said. */
  deploy(): Promise<string>;
  destroy(): Promise<void>;
  /** `npx millrace … --json`, asked of the deployed stage. */
  millrace(...args: readonly string[]): Promise<unknown>;
  remove(): Promise<void>;
}

export const createProject = async (url: string, jobs: JobFiles): Promise<Project> => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-project-"));
  await copyInto(folder, jobs);
  const node = (script: string, args: readonly string[], cwd = folder) =>
    run(process.execPath, [join(folder, script), ...args], { cwd, env: environment(url, folder), timeout });
  const cdk = async (args: readonly string[], cwd = folder): Promise<string> => {
    const { stdout, stderr } = await node("node_modules/aws-cdk/bin/cdk", [...args, "--no-notices"], cwd);
    return stdout + stderr;
  };
  return {
    write: (path, text) => writeFile(join(folder, path), text),
    bootstrap: async () => {
      // Not where the app is: CDK would synthesise it first, for nothing.
      await cdk(["bootstrap", `aws://${account}/${region}`], join(folder, "jobs"));
    },
    deploy: () => cdk(["deploy", stack, "--require-approval", "never"]),
    destroy: async () => {
      await cdk(["destroy", stack, "--force"]);
    },
    millrace: async (...args) => {
      const { stdout } = await node("cli/millrace.js", [...args, "--json", "--stage", stage]);
      return JSON.parse(stdout);
    },
    remove: () => rm(folder, { recursive: true }),
  };
};

/** Of one command: a server that hangs must not hang us. */
const timeout = 5 * 60_000;

const copied = ["cdk.json", "package.json", "cli", "functions", "infra", "jobs", "shared"];

const copyInto = async (folder: string, { index, schedules, from }: JobFiles): Promise<void> => {
  const all = [...copied, from];
  await Promise.all(all.map((path) => cp(join(root, path), join(folder, path), { recursive: true })));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "jobs", "index.ts"), index);
  await writeFile(join(folder, "jobs", "schedules.ts"), schedules);
};

/** Nothing of the developer's own: no profile, no account, no home. */
const environment = (url: string, folder: string): NodeJS.ProcessEnv => ({
  PATH: ourNodeFirst(),
  HOME: folder,
  CDK_HOME: folder,
  CDK_DISABLE_CLI_TELEMETRY: "true",
  CDK_DISABLE_VERSION_CHECK: "true",
  AWS_REGION: region,
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_EC2_METADATA_DISABLED: "true",
});
