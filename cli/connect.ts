import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { PipelineEnv } from "../shared/aws/env.ts";
import { type Location, locatePipeline, passedOver, type Variables } from "../shared/aws/locate-pipeline.ts";
import { withoutUndefined } from "../shared/core/without-undefined.ts";
import { loadJobs } from "./load-jobs.ts";
import { accountIn, type PipelineName } from "./pipeline-name.ts";
import { CliError } from "./problem.ts";
import type { Connection, ConnectOptions } from "./terminal/io.ts";

/**
 * Finds the pipeline and loads this project's jobs. The SDK is loaded here, and not before.
 * @throws CliError when nothing names a pipeline; NotFoundError when the named one does not exist
 */
export const connect = async ({ stage, jobs, warn }: ConnectOptions): Promise<Connection> => {
  const registry = await loadJobs(jobs);
  const { projectRoot } = await import("../infra/project.ts");
  const localEnv = join(projectRoot(process.cwd()), ".millrace", "env");
  const local = existsSync(localEnv) ? parseEnv(readFileSync(localEnv, "utf8")) : undefined;
  const location = locatePipeline({ stage, env: process.env, local });
  if (!location) {
    throw new CliError(
      "no-pipeline",
      "no pipeline found: run npx millrace dev, or pass --stage or set MILLRACE_STAGE for a deployed one",
    );
  }
  const other = passedOver(location, local);
  const env = await resolveEnv(location).catch((problem: unknown) => {
    if (other !== undefined) {
      warn(`MILLRACE_STAGE is "${location.stage}"; pass --stage ${other} for the pipeline of millrace dev`);
    }
    throw problem;
  });
  const { createPorts } = await import("../shared/aws/ports.ts");
  const log = { debug: silent, info: silent, warn, error: warn };
  const ports = createPorts(env, { log, environmentId: `cli-${process.pid}` });
  return { context: { ports, registry }, pipeline: await pipelineNameOf(location, env, other) };
};

const silent = (): void => undefined;

const resolveEnv = async (location: Location): Promise<PipelineEnv> => {
  if (location.kind === "stage") {
    const { resolveStage } = await import("../shared/aws/resolve.ts");
    return await resolveStage(location.stage);
  }
  if (location.kind === "local") useEnvironment(location.env);
  const { pipelineEnv, readEnv } = await import("../shared/aws/env.ts");
  return readEnv(pipelineEnv, process.env);
};

/** The variables that `millrace dev` wrote override the shell's: an AWS profile or region would lead elsewhere. */
const useEnvironment = (variables: Variables): void => {
  Object.assign(process.env, variables);
  Reflect.deleteProperty(process.env, "AWS_PROFILE");
};

const pipelineNameOf = async (
  location: Location,
  { MILLRACE_STAGE: stage, MILLRACE_QUEUE_NORMAL: queueUrl }: PipelineEnv,
  other: string | undefined,
): Promise<PipelineName> => {
  const { AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL } = process.env;
  const endpoint = AWS_ENDPOINT_URL_DYNAMODB ?? AWS_ENDPOINT_URL;
  const named = withoutUndefined({ stage, chosenBy: location.chosenBy, passedOver: other });
  if (endpoint !== undefined) return { ...named, endpoint };
  const { regionInUse } = await import("../shared/aws/resolve.ts");
  const [region, account] = [await regionInUse(), accountIn(queueUrl)];
  return withoutUndefined({ ...named, region, account });
};
