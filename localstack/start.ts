/** `npm start`: the whole pipeline on this machine, until Ctrl-C. */
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundleFunctions } from "../infra/bundle.ts";
import { checkJobs } from "../infra/check-jobs.ts";
import type { StackEnv } from "./embedded/resources.ts";
import { type Stack, startStack } from "./embedded/stack.ts";
import { report } from "./report.ts";
import { welcome } from "./welcome.ts";

const { AWS_ENDPOINT_URL_DYNAMODB, NO_COLOR } = process.env;
const colour = process.stdout.isTTY === true && !NO_COLOR;
const root = dirname(import.meta.dirname);
const { values: flags } = parseArgs({
  options: {
    verbose: { type: "boolean", default: false },
    data: { type: "string", default: join(root, ".millrace") },
  },
});

const start = async (): Promise<void> => {
  const dataDir = resolve(flags.data);
  await checkJobs();
  const stack = await startStack({
    dataDir,
    bundles: await bundleFunctions(),
    environment: forJobs(process.env),
    dynamodbUrl: AWS_ENDPOINT_URL_DYNAMODB,
    onLine(line) {
      const text = report(line, new Date(), { colour, verbose: flags.verbose });
      if (text !== undefined) console.log(text);
    },
  });
  const envFile = join(dataDir, "env");
  writeFileSync(envFile, dotenv(stack.env));
  console.log(welcome(stack.env, relative(process.cwd(), envFile)));
  stopOnSignal(stack, () => rmSync(envFile, { force: true }));
};

/** Our own environment, for jobs that need some of it; never the developer's AWS account. */
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

/** The first signal drains, a second one does not wait. */
const stopOnSignal = (stack: Stack, afterwards: () => void): void => {
  let firstAt: number | undefined;
  const onSignal = async (): Promise<void> => {
    if (firstAt !== undefined) {
      // npm passes on the Ctrl-C that the terminal has sent us already.
      if (Date.now() - firstAt > 500) stack.kill();
      return;
    }
    firstAt = Date.now();
    console.log("\nStopping: waiting for what runs. Ctrl-C again to end it at once.");
    await stack.stop().finally(afterwards);
    console.log("Stopped. The data stays: npm start goes on from here.");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
};

try {
  await start();
} catch (problem) {
  console.error(`\nMillrace did not start: ${problem instanceof Error ? problem.message : problem}\n`);
  process.exitCode = 1;
}
