import { randomUUID } from "node:crypto";
import middy from "@middy/core";
import type { ScheduledEvent } from "aws-lambda";
import { readEnv, sweeperEnv } from "../shared/aws/env.ts";
import { createPorts } from "../shared/aws/ports.ts";
import { sweep } from "../shared/pipeline/sweeper/sweep.ts";
import { registry } from "./registry.ts";
import { createTelemetry } from "./telemetry.ts";

const env = readEnv(sweeperEnv, process.env);
const { log, redactor, middleware } = createTelemetry();
const ports = createPorts(env, { log, redact: redactor.redact, environmentId: randomUUID() });

/** Runs one sweep. */
export const handler = middy<ScheduledEvent, void>()
  .use(middleware)
  .handler(async (_event, context) => {
    const deadlineAt = ports.clock.now() + context.getRemainingTimeInMillis();
    log.info("sweep", await sweep(ports, registry, deadlineAt));
  });
