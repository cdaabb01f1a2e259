import { randomUUID } from "node:crypto";
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import middy from "@middy/core";
import type { ScheduledEvent } from "aws-lambda";
import { jobs } from "../jobs/index.ts";
import { schedules } from "../jobs/schedules.ts";
import { dispatcherEnv, readEnv } from "../shared/aws/env.ts";
import { createPorts } from "../shared/aws/ports.ts";
import { defineRegistry } from "../shared/core/registry.ts";
import { dispatch } from "../shared/pipeline/dispatch.ts";
import { type Reconciled, reconcile } from "../shared/pipeline/reconcile.ts";
import { createObservers } from "./observe.ts";

const env = readEnv(dispatcherEnv, process.env);
const { log, metrics, middleware } = createObservers();
const ports = createPorts(env, { log, environmentId: randomUUID() });
const registry = defineRegistry(jobs, schedules);
let reconciled: Promise<Reconciled> | undefined;

/** Once per environment, and again after a failure: a new deploy means new environments. */
const reconcileOnce = (): Promise<Reconciled> => {
  reconciled ??= reconcile(ports, registry).catch((error: unknown) => {
    reconciled = undefined;
    throw error;
  });
  return reconciled;
};

/** One tick. A schedule that cannot be reconciled fails the invocation, after all that is due was sent. */
export const handler = middy<ScheduledEvent, void>()
  .use(middleware)
  .handler(async (_event, context) => {
    const deadlineAt = Date.now() + context.getRemainingTimeInMillis();
    const [reconciliation] = await Promise.allSettled([reconcileOnce()]);
    const { occurrences, unparked, latenessMs } = await dispatch(ports, registry, deadlineAt);
    metrics.addMetric("Ticks", MetricUnit.Count, 1);
    metrics.addMetric("TickLatenessMs", MetricUnit.Milliseconds, latenessMs);
    metrics.addMetric("Occurrences", MetricUnit.Count, occurrences);
    metrics.addMetric("Unparked", MetricUnit.Count, unparked);
    if (reconciliation.status === "rejected") throw reconciliation.reason;
  });
