import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleFunctions } from "../../infra/bundle.ts";
import { findProject } from "../../infra/project.ts";
import { workerEnv } from "../../shared/aws/env.ts";
import { bundleProject, pathOf, root } from "./project.ts";
import { inScratch } from "./scratch.ts";
import { median } from "./spread.ts";
import { count, table } from "./table.ts";

export interface StartUp {
  readonly name: string;
  readonly bytes: number;
  /** From the start of the process until its handler is imported. */
  readonly importedMs: number;
}

const rounds = 15;

/** Measures functions and baselines in turns, so that a busy moment of the machine affects all of them. */
export const measureStart = (): Promise<readonly StartUp[]> =>
  inScratch(async (folder) => {
    const functions = await bundleFunctions({
      project: findProject({ from: root }),
      outDir: join(folder, "functions"),
    });
    const others = await bundleProject(join(folder, "others"), {
      "functions/dispatcher.ts": "export const handler = async (): Promise<void> => {};\n",
      "functions/worker.ts": `export { handler } from ${pathOf(import.meta.resolve("./project/bare.ts"))};\n`,
      "functions/sweeper.ts": "export const handler = async (): Promise<void> => {};\n",
    });
    const bundles = [
      ...Object.entries(functions),
      ["the SDK clients alone", others.worker],
      ["nothing", others.dispatcher],
    ];
    const times = await measureInTurns(bundles.map(([, bundle = ""]) => join(bundle, "index.js")));
    return await Promise.all(
      bundles.map(async ([name = "", bundle = ""], i) => ({
        name,
        bytes: (await stat(join(bundle, "index.js"))).size,
        importedMs: median(times[i] ?? []),
      })),
    );
  });

const measureInTurns = async (files: readonly string[]): Promise<readonly (readonly number[])[]> => {
  const times: number[][] = files.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, file] of files.entries()) times[i]?.push(await importedMs(file));
  }
  return times;
};

const run = promisify(execFile);

/** `performance.now()` counts from the start of the process. */
const probe = "require(process.argv[1]); process.stdout.write(String(performance.now()));";

const importedMs = async (file: string): Promise<number> => {
  const { stdout } = await run(process.execPath, ["--enable-source-maps", "-e", probe, file], {
    env: functionEnv,
  });
  // A function may log lines when it starts.
  return Number(stdout.split("\n").at(-1));
};

/** All variables that a function needs to start. It sends no request when it starts. */
const functionEnv = {
  AWS_LAMBDA_FUNCTION_NAME: "millrace-bench",
  ...Object.fromEntries(Object.keys(workerEnv.shape).map((name) => [name, "bench"])),
  MILLRACE_LANE: "normal",
  MILLRACE_JOB_SECRETS: "{}",
  AWS_REGION: "us-east-1",
};

export const describeStart = (startUps: readonly StartUp[]): string =>
  [
    `From the start of a Node process until the handler is imported, median of ${rounds}. A cold start on AWS adds the start of the environment.`,
    "",
    table(
      ["bundle", "size", "handler imported"],
      startUps.map(({ name, bytes, importedMs: ms }) => [
        name,
        `${count(bytes / 1_000)} kB`,
        `${count(ms)} ms`,
      ]),
    ),
  ].join("\n");
