import { randomUUID } from "node:crypto";
import middy from "@middy/core";
import { dispatcherEnv, readEnv } from "../shared/aws/env.ts";
import { createFanOut, shardsIn } from "../shared/aws/fan-out.ts";
import { createPorts } from "../shared/aws/ports.ts";
import { outdatedWarning, timeZoneDataOf } from "../shared/core/rules/time-zone-data.ts";
import { type Reconciled, reconcile } from "../shared/pipeline/dispatcher/reconcile.ts";
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

let reconciledAt = Number.NEGATIVE_INFINITY;

/** So long a deployment may be undone by an environment of the one before, which comes up late. */
const reconcileAgainMs = 10 * 60_000;

/** When an environment comes up, since a new deploy means new ones; after a failure; and now and then. */
const reconcilePeriodically = async (): Promise<void> => {
  const now = Date.now();
  if (now < reconciledAt + reconcileAgainMs) return;
  logReconciled(await reconcile(ports, registry));
  reconciledAt = now;
};

const logReconciled = ({ over, ...changes }: Reconciled): void => {
  if (Object.values(changes).flat().length > 0) log.info("schedules reconciled", changes);
  for (const schedule of over) log.warn("schedule is never due: its last time is over", { schedule });
};

/** A quarter of a tick: a storm of schedules is sent at full speed after it. */
const pacingMs = 15_000;

/**
 * One tick, or some shards that a tick has handed over. A schedule that cannot be reconciled fails the tick, after all
 * that is due was sent.
 */
export const handler = middy<unknown, void>()
  .use(middleware)
  .handler(async (event, context) => {
    const deadlineAt = Date.now() + context.getRemainingTimeInMillis();
    const shards = shardsIn(event);
    const tick = { deadlineAt, pacingMs };
    if (shards) return logTick(await dispatch(ports, registry, { ...tick, shards }));
    const [reconciliation] = await Promise.allSettled([reconcilePeriodically()]);
    logTick(await dispatch(ports, registry, tick));
    if (reconciliation.status === "rejected") throw reconciliation.reason;
  });

/** `latenessMs` becomes the metric of the alarm late-tick. */
const logTick = ({ occurrences, unparked, latenessMs, fannedOut }: Dispatched): void => {
  log.info("tick", { occurrences, unparked, latenessMs, shardsFannedOut: fannedOut });
};
