import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { namesOf } from "../../shared/core/names.ts";
import { account, credentials, region } from "./access.ts";
import { ourNodeFirst } from "./server.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");

export const stage = "dev";
const { stack } = namesOf(stage);

/** CDK's message when a stack is up to date. */
export const nothingToDeploy = `✅  ${stack} (no changes)`;

/** The job files of a project, in place of this one's. */
export interface JobFiles {
  /** The text of jobs/index.ts. */
  readonly index: string;
  /** The text of jobs/schedules.ts. */
  readonly schedules: string;
  /** The folder of this project that those two import from. */
  readonly from: string;
}

/** A copy of this project with other jobs, as a user would have. Everything else is deployed as it is here. */
export interface Project {
  write(path: string, text: string): Promise<void>;
  /** Runs `cdk bootstrap`, which CDK needs before the first deployment. */
  bootstrap(): Promise<void>;
  /** Deploys the stage. @returns CDK's output */
  deploy(): Promise<string>;
  destroy(): Promise<void>;
  /** Runs `npx millrace … --json` on the deployed stage. */
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
      // In another folder than the app's: CDK would synthesize the app first, needlessly.
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

/** The timeout of one command, so that a hanging server does not block the tests. */
const timeout = 5 * 60_000;

const copied = ["cdk.json", "package.json", "cli", "functions", "infra", "jobs", "shared"];

const copyInto = async (folder: string, { index, schedules, from }: JobFiles): Promise<void> => {
  const all = [...copied, from];
  await Promise.all(all.map((path) => cp(join(root, path), join(folder, path), { recursive: true })));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "jobs", "index.ts"), index);
  await writeFile(join(folder, "jobs", "schedules.ts"), schedules);
};

/** Contains no profile, account or home of the developer. */
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
