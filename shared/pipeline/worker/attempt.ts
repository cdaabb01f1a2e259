import { FatalError, InvalidInputError, isFatalError, isRetryAfterError } from "../../core/errors.ts";
import type { Job, JobContext } from "../../core/jobs/job.ts";
import { logFacts } from "../../core/log-facts.ts";
import type { Outcome } from "../../core/runs/decide.ts";
import { parseInput } from "../../core/runs/input.ts";
import type { Running } from "../../core/runs/run.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { EnqueuePorts } from "../enqueue/enqueue.ts";
import { enqueueFromJob } from "../enqueue/enqueue-from-job.ts";
import { type AttemptScope, openAttemptScope } from "./attempt-scope.ts";

export interface Attempt {
  readonly run: Running;
  readonly job: Job;
  /** The input as it was sent, before the job's schema parses it. */
  readonly input: unknown;
  /** How long the handler may take, in milliseconds. */
  readonly budgetMs: number;
  /**
   * Renew the lease after a timer fired late because the process was blocked.
   * @param ms how late the timer fired
   * @returns the milliseconds granted, 0 for none
   */
  readonly extend: (ms: number) => Promise<number>;
}

/** Make one attempt at a run: call the handler with its parsed input, a signal and a deadline. Never throws. */
export const attempt = async (ports: EnqueuePorts, wanted: Attempt): Promise<Outcome> => {
  const control = new AbortController();
  const log = runLog(ports, wanted.run);
  const endsAt = ports.clock.now() + wanted.budgetMs;
  const scope = openAttemptScope({ run: wanted.run.id, log, endsAt });
  const handler = scope
    .run(() => callHandler(ports, wanted, { signal: control.signal, log }))
    .then(
      (result): Outcome => ({ kind: "returned", result }),
      (error: unknown): Outcome => ({ kind: "threw", error }),
    );
  try {
    return await untilEnd(ports, wanted, Promise.race([handler, strayOutcome(scope, control)]), {
      control,
      scope,
    });
  } finally {
    scope.close();
  }
};

/**
 * An error outside the handler's promise, such as an unhandled rejection, ends the attempt: the handler may never
 * return.
 */
const strayOutcome = async ({ strayError }: AttemptScope, control: AbortController): Promise<Outcome> => {
  const error = await strayError;
  control.abort(error);
  return { kind: "threw", error };
};

/**
 * Parse the input and call the handler. The schema is user code that may hang too, so both share the attempt's time.
 */
const callHandler = async (
  ports: EnqueuePorts,
  { run, job, input }: Attempt,
  { signal, log }: Pick<JobContext<unknown>, "signal" | "log">,
): Promise<unknown> => {
  const received = await parseInput(job, input).catch(asFatal);
  signal.throwIfAborted();
  return await job.run(jobContext(ports, run, { input: received, signal, log }));
};

/** An input that its schema rejects is rejected again by every further attempt, so the error becomes fatal. */
const asFatal = (error: unknown): never => {
  throw error instanceof InvalidInputError ? new FatalError(error.message, { cause: error }) : error;
};

const jobContext = (
  ports: EnqueuePorts,
  run: Running,
  { input, signal, log }: Pick<JobContext<unknown>, "input" | "signal" | "log">,
): JobContext<unknown> => ({
  input,
  run: withoutUndefined({
    id: run.id,
    attempt: run.claimCount - run.claimCountAtStart,
    generation: run.generation,
    dueAt: new Date(run.dueAt),
    schedule: run.schedule,
    tenant: run.tenant,
  }),
  idempotencyKey: run.id,
  signal,
  log,
  enqueue: enqueueFromJob(ports, run, signal),
});

/** The handler's logger: every line names the run. */
const runLog = (
  { log, redact }: EnqueuePorts,
  { id, job, claimCount: number }: Running,
): EnqueuePorts["log"] => {
  const own = { run: id, job, attempt: number };
  const write = (level: keyof EnqueuePorts["log"]) => (message: string, facts?: object) =>
    log[level](message, logFacts(facts, { own, redact }));
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
};

/** Why and how the pipeline ends a handler that has not returned. */
interface HandlerEnd {
  readonly outcome: Outcome;
  /** The reason of the aborted signal. */
  readonly reason: DOMException;
  /** How long the handler may still take to return. A result within that time counts. */
  readonly graceMs: number;
}

/**
 * Wait for the handler, its timeout or a cancellation. On the latter two its signal is aborted, and after a grace
 * period the attempt ends without it: the token fences off any later write.
 */
const untilEnd = async (
  ports: EnqueuePorts,
  wanted: Attempt,
  handler: Promise<Outcome>,
  { control, scope }: { readonly control: AbortController; readonly scope: AttemptScope },
): Promise<Outcome> => {
  const { run } = wanted;
  const done = new AbortController();
  const ending = Promise.race([
    timeout(ports, wanted, scope, done.signal),
    cancellation(ports, run, done.signal),
  ]);
  const first = await Promise.race([handler.then((outcome) => ({ outcome })), ending]);
  done.abort();
  if (!("graceMs" in first)) return first.outcome;
  control.abort(first.reason);
  const last = await Promise.race([handler, ports.clock.sleep(first.graceMs).then(() => undefined)]);
  if (!last)
    ports.log.warn("handler still running after its signal was aborted", { run: run.id, job: run.job });
  return last && isAccepted(last, first.outcome) ? last : first.outcome;
};

/**
 * Whether the result of an aborted handler replaces the timeout or cancellation: it succeeded, or chose the outcome
 * itself.
 */
const isAccepted = (last: Outcome, ended: Outcome): boolean =>
  last.kind === "returned" ||
  (ended.kind === "timed-out" &&
    last.kind === "threw" &&
    (isFatalError(last.error) || isRetryAfterError(last.error)));

/** A timer that fires later than this was delayed by code that blocked the process. */
const blockedMs = 250;
const timeoutGraceMs = 1_000;

/** Time during which another run blocked the process does not count: the handler gets that much more. */
const timeout = async (
  { clock }: EnqueuePorts,
  { budgetMs, extend }: Attempt,
  scope: AttemptScope,
  signal: AbortSignal,
): Promise<HandlerEnd> => {
  let endsAt = clock.now() + budgetMs;
  for (;;) {
    await clock.sleep(endsAt - clock.now(), signal);
    const lateMs = clock.now() - endsAt;
    const grantedMs = lateMs > blockedMs && !signal.aborted ? await extend(lateMs) : 0;
    if (grantedMs <= 0) break;
    endsAt = clock.now() + grantedMs;
    scope.extendTo(endsAt);
  }
  const reason = new DOMException(`the attempt took longer than its ${budgetMs} ms`, "TimeoutError");
  return { outcome: { kind: "timed-out", afterMs: budgetMs }, reason, graceMs: timeoutGraceMs };
};

/** How often a long attempt checks whether its cancellation was requested. Each check costs one read unit. */
const cancelCheckMs = 5_000;
const cancelGraceMs = 5_000;

const cancellation = async (
  { clock, runs, log }: EnqueuePorts,
  run: Running,
  signal: AbortSignal,
): Promise<HandlerEnd> => {
  for (;;) {
    await clock.sleep(cancelCheckMs, signal);
    if (signal.aborted) return await new Promise<never>(() => undefined);
    const reason = await cancelReason(runs, run).catch((error: unknown) => {
      log.warn("cancellation check failed", { run: run.id, error });
      return undefined;
    });
    if (reason !== undefined)
      return {
        outcome: { kind: "cancelled", reason },
        reason: new DOMException(reason, "AbortError"),
        graceMs: cancelGraceMs,
      };
  }
};

const cancelReason = async (
  runs: EnqueuePorts["runs"],
  { id, token }: Running,
): Promise<string | undefined> => {
  const row = (await runs.read([id])).get(id);
  return row?.token === token ? row.cancelRequested : undefined;
};
