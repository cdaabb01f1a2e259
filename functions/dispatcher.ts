import { randomUUID } from "node:crypto";
import middy from "@middy/core";
import { dispatcherEnv, readEnv } from "../shared/aws/env.ts";
import { createFanOut, shardsIn } from "../shared/aws/fan-out.ts";
import { createPorts } from "../shared/aws/ports.ts";
import { outdatedWarning, timeZoneDataOf } from "../shared/core/rules/time-zone-data.ts";
import type { Reconciled } from "../shared/pipeline/dispatcher/reconcile.ts";
import { createReconcilePeriodically } from "../shared/pipeline/dispatcher/reconcile-periodically.ts";
import { type Dispatched, dispatch } from "../shared/pipeline/dispatcher/tick.ts";
import { registry } from "./registry.ts";
import { createTelemetry } from "./telemetry.ts";

const env = readEnv(dispatcherEnv, process.env);
const { log, redactor, middleware } = createTelemetry();
const fanOut = createFanOut({ functionName: env.AWS_LAMBDA_FUNCTION_NAME, log });
const ports = {
  ...createPorts(env, { log, redact: redactor.redact, environmentId: randomUUID() }),
  ...(env.MILLRACE_FAN_OUT === "on" && { fanOut }),
};

const timeZoneData = timeZoneDataOf(process.versions["tz"]);
log.info("time-zone data", timeZoneData);
const outdated = outdatedWarning(timeZoneData);
if (outdated !== undefined) log.warn(outdated);

const reconcilePeriodically = createReconcilePeriodically();

const reconcileIfDue = async (): Promise<void> => {
  const reconciled = await reconcilePeriodically(ports, registry);
  if (reconciled) logReconciled(reconciled);
};

const logReconciled = ({ over, ...changes }: Reconciled): void => {
  if (Object.values(changes).flat().length > 0) log.info("schedules reconciled", changes);
  for (const schedule of over) log.warn("schedule is never due: its last occurrence is past", { schedule });
};

/** A quarter of the tick interval. After it, the dispatcher sends at full speed. */
const pacingMs = 15_000;

/**
 * Runs one tick, or the shards that a tick has fanned out. A schedule that cannot be reconciled fails the tick, after
 * everything that is due was sent.
 */
export const handler = middy<unknown, void>()
  .use(middleware)
  .handler(async (event, context) => {
    const deadlineAt = ports.clock.now() + context.getRemainingTimeInMillis();
    const shards = shardsIn(event);
    const tick = { deadlineAt, pacingMs };
    if (shards) return logTick(await dispatch(ports, registry, { ...tick, shards }));
    const [reconciliation] = await Promise.allSettled([reconcileIfDue()]);
    logTick(await dispatch(ports, registry, tick));
    if (reconciliation.status === "rejected") throw reconciliation.reason;
  });

/** The late-tick alarm's metric is made from `latenessMs`. */
const logTick = ({ occurrences, unparked, latenessMs, fannedOut }: Dispatched): void => {
  log.info("tick", { occurrences, unparked, latenessMs, shardsFannedOut: fannedOut });
};
