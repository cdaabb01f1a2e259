import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { root } from "./project.ts";

/** Describes the machine, the versions and the emulators of a measurement. */
export const describeMachine = (): string => {
  const [cpu] = cpus();
  return [
    `- **Machine**: ${cpus().length} cores of ${cpu?.model.trim() ?? "an unknown processor"}, ${Math.round(totalmem() / 1_024 ** 3)} GB of memory, ${platform()} ${release()}`,
    `- **Versions**: Node ${process.versions.node}, ${packages.map((name) => `${name} ${versionOf(name)}`).join(", ")}`,
    "- **Emulated**: SQS by fauxqs in the host's process, DynamoDB by dynoxide over SQLite on this machine's disk, Lambda by one process per execution environment, event source mappings and EventBridge by the host's pollers and clock. Servers, functions and senders share the cores above. These figures include no network, no throttling and no AWS service. Only the counts of requests and units are the same on AWS.",
  ].join("\n");
};

/** The measured commit, and whether there are uncommitted changes. */
export const commit = (): string => {
  const isChanged = git("status", "--porcelain", "--", ".", ":!docs") !== "";
  return git("rev-parse", "--short", "HEAD") + (isChanged ? " with changes" : "");
};

const packages = [
  "fauxqs",
  "@dynoxide/linux-x64",
  "@aws-sdk/client-sqs",
  "@aws-sdk/client-dynamodb",
  "esbuild",
];

const packageJson = z.object({ version: z.string() });

const versionOf = (name: string): string => {
  try {
    return packageJson.parse(
      JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")),
    ).version;
  } catch {
    return "not installed";
  }
};

const git = (...args: readonly string[]): string => {
  try {
    return execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
};
