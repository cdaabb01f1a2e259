import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { PipelineEnv } from "../shared/aws/env.ts";
import type { Registry } from "../shared/core/registry.ts";
import type { OperationContext } from "../shared/pipeline/operations/operation.ts";
import type { ConnectOptions } from "./io.ts";
import { placeOf } from "./place.ts";
import { CliError } from "./problem.ts";

const localEnv = join(import.meta.dirname, "..", ".millrace", "env");

/** The pipeline that is meant, and this project's own jobs. The SDK is loaded here and not before. */
export const connect = async ({ stage, warn }: ConnectOptions): Promise<OperationContext> => {
  const registry = await loadRegistry();
  const env = await findPipeline(stage);
  const { createPorts } = await import("../shared/aws/ports.ts");
  const log = { debug: silent, info: silent, warn, error: warn };
  return { ports: createPorts(env, { log, environmentId: `cli-${process.pid}` }), registry };
};

const silent = (): void => undefined;

const findPipeline = async (stage: string | undefined): Promise<PipelineEnv> => {
  const place = placeOf({ stage, env: process.env, isLocalRunning: existsSync(localEnv) });
  const { pipelineEnv, readEnv } = await import("../shared/aws/env.ts");
  switch (place.kind) {
    case "stage": {
      const { resolveStage } = await import("../shared/aws/resolve.ts");
      return await resolveStage(place.stage);
    }
    case "local":
      moveTo(readFileSync(localEnv, "utf8"));
      return readEnv(pipelineEnv, process.env);
    case "environment":
      return readEnv(pipelineEnv, process.env);
  }
};

/** What `npm start` wrote goes before what the shell says: a profile or a region of AWS would lead elsewhere. */
const moveTo = (dotenv: string): void => {
  Object.assign(process.env, parseEnv(dotenv));
  Reflect.deleteProperty(process.env, "AWS_PROFILE");
};

const loadRegistry = async (): Promise<Registry> => {
  try {
    const [{ jobs }, { schedules }, { defineRegistry }] = await Promise.all([
      import("../jobs/index.ts"),
      import("../jobs/schedules.ts"),
      import("../shared/core/registry.ts"),
    ]);
    return defineRegistry(jobs, schedules);
  } catch (error) {
    throw new CliError("jobs-not-loaded", `jobs/ cannot be loaded: ${String(error)}`, { cause: error });
  }
};
