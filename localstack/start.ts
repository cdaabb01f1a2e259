/** `npm start`: the whole pipeline on this machine, until Ctrl-C. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { stop as stopBundler } from "esbuild";
import * as z from "zod";
import { bundleFunctions } from "../infra/bundle.ts";
import { checkJobs } from "../infra/check-jobs.ts";
import { findProject } from "../infra/project.ts";
import { banner } from "./banner.ts";
import type { StackEnv } from "./embedded/resources.ts";
import { type Stack, startStack } from "./embedded/stack.ts";
import { help, readCommand, type StartCommand } from "./options.ts";
import { report } from "./report.ts";
import { reset } from "./reset.ts";

const { AWS_ENDPOINT_URL_DYNAMODB, INIT_CWD, NO_COLOR } = process.env;
const isColored = process.stdout.isTTY === true && !NO_COLOR;
const root = dirname(import.meta.dirname);

const run = async (command: StartCommand): Promise<void> => {
  switch (command.kind) {
    case "help":
      return console.log(help);
    case "version":
      return console.log(`millrace ${version()}`);
    case "refused":
      console.error(`\n${command.problem}. Run npm start -- --help for usage.\n`);
      process.exitCode = 2;
      return;
    case "start":
      return await resetAndStart(command);
  }
};

const version = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")))
    .version;

type Start = Extract<StartCommand, { kind: "start" }>;

const resetAndStart = async (command: Start): Promise<void> => {
  const { dataDir, reset: wanted } = command;
  const { stdin: input, stdout: output } = process;
  if (wanted !== "no" && !(await reset({ dataDir, isConfirmed: wanted === "yes", input, output }))) {
    return console.log("Nothing was deleted.");
  }
  await start(command);
};

const start = async ({ dataDir, isVerbose }: Start): Promise<void> => {
  const project = findProject({ from: root });
  const bundling = bundleFunctions({ project });
  // The check describes errors in jobs/ better than the bundler, so it goes first.
  bundling.catch(() => undefined);
  await checkJobs(project);
  const stack = await startStack({
    dataDir,
    // The bundler's process would take 250 MB for as long as this one runs.
    bundles: await bundling.finally(stopBundler),
    environment: forJobs(process.env),
    dynamodbUrl: AWS_ENDPOINT_URL_DYNAMODB,
    onLine(line) {
      const text = report(line, new Date(), { isColored, isVerbose });
      if (text !== undefined) console.log(text);
    },
  });
  const envFile = join(dataDir, "env");
  writeFileSync(envFile, dotenv(stack.env));
  console.log(banner(stack.env, relative(process.cwd(), envFile)));
  stopOnSignal(stack, () => rmSync(envFile, { force: true }));
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
const stopOnSignal = (stack: Stack, afterwards: () => void): void => {
  let firstAt: number | undefined;
  const onSignal = async (): Promise<void> => {
    if (firstAt !== undefined) {
      // npm forwards the Ctrl-C that the terminal has already sent to this process.
      if (Date.now() - firstAt > 500) stack.kill();
      return;
    }
    firstAt = Date.now();
    console.log("\nStopping: waiting for running jobs. Press Ctrl-C again to end them now.");
    await stack.stop().finally(afterwards);
    console.log("Stopped. Your data is kept; npm start continues from here.");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
};

const command = readCommand(process.argv.slice(2), {
  defaultDataDir: join(root, ".millrace"),
  // npm runs scripts in the project's folder; INIT_CWD is where it was called.
  from: INIT_CWD ?? process.cwd(),
});
try {
  await run(command);
} catch (problem) {
  console.error(`\nMillrace did not start: ${problem instanceof Error ? problem.message : problem}\n`);
  process.exitCode = 1;
}
