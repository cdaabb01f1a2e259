import { FatalError, InvalidInputError, RetryAfterError } from "../../core/errors.ts";
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
  /** As the wire gave it. */
  readonly input: unknown;
  /** How long the handler may take, in milliseconds. */
  readonly budgetMs: number;
  /**
   * Ask for more time when the process was blocked, so that a timer fired late: renews the lease.
   * @param ms how late the timer fired
   * @returns the milliseconds granted, 0 for none
   */
  readonly extend: (ms: number) => Promise<number>;
}

/** One attempt at a run: the handler, its input, its signal, its clock. Never throws. */
export const attempt = async (ports: EnqueuePorts, wanted: Attempt): Promise<Outcome> => {
  const control = new AbortController();
  const scope = openAttemptScope(wanted.run.id, ports.clock.now() + wanted.budgetMs);
  const handler = scope
    .run(() => callHandler(ports, wanted, control.signal))
    .then(
      (result): Outcome => ({ kind: "returned", result }),
      (error: unknown): Outcome => ({ kind: "threw", error }),
    );
  try {
    return await within(ports, wanted, Promise.race([handler, strayed(scope, control)]), { control, scope });
  } finally {
    scope.close();
  }
};

/** An error outside the handler's promises, such as an unhandled rejection, ends the attempt: the handler may never. */
const strayed = async ({ strayError }: AttemptScope, control: AbortController): Promise<Outcome> => {
  const error = await strayError;
  control.abort(error);
  return { kind: "threw", error };
};

/** The schema is user code like the handler, and may hang like it: both have the attempt's time. */
const callHandler = async (
  ports: EnqueuePorts,
  { run, job, input }: Attempt,
  signal: AbortSignal,
): Promise<unknown> => {
  const received = await parseInput(job, input).catch(asFatal);
  signal.throwIfAborted();
  return await job.run(contextOf(ports, run, received, signal));
};

/** An input that its schema refuses will be refused again: no further attempt can succeed. */
const asFatal = (error: unknown): never => {
  throw error instanceof InvalidInputError ? new FatalError(error.message, { cause: error }) : error;
};

const contextOf = (
  ports: EnqueuePorts,
  run: Running,
  input: unknown,
  signal: AbortSignal,
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
  log: about(ports, run),
  enqueue: enqueueFromJob(ports, run, signal),
});

/** What a handler logs names its run, whatever facts it gives. */
const about = (
  { log, redact }: EnqueuePorts,
  { id, job, claimCount: number }: Running,
): EnqueuePorts["log"] => {
  const own = { run: id, job, attempt: number };
  const write = (level: keyof EnqueuePorts["log"]) => (message: string, facts?: object) =>
    log[level](message, logFacts(facts, { own, redact }));
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
};

/** How a handler is ended that does not end by itself. */
interface Ending {
  readonly outcome: Outcome;
  /** The reason that its signal carries. */
  readonly reason: DOMException;
  /** How long it may still take to end: what it returns in that time counts. */
  readonly graceMs: number;
}

/**
 * A handler that outstays its time, or whose run was cancelled, has its signal aborted, and is then left behind: the
 * token keeps what it does to its row harmless.
 */
const within = async (
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
  return last && counts(last, first.outcome) ? last : first.outcome;
};

/** What a handler does in answer to its signal counts if it succeeds, or if it says itself how to go on. */
const counts = (last: Outcome, ended: Outcome): boolean =>
  last.kind === "returned" ||
  (ended.kind === "timed-out" &&
    last.kind === "threw" &&
    (last.error instanceof FatalError || last.error instanceof RetryAfterError));

/** A timer that fires later than this after its instant was held up by code that kept the process busy. */
const blockedMs = 250;
const answerMs = 1_000;

/** Time in which the process was blocked by another run is not the handler's: it gets that much more. */
const timeout = async (
  { clock }: EnqueuePorts,
  { budgetMs, extend }: Attempt,
  scope: AttemptScope,
  signal: AbortSignal,
): Promise<Ending> => {
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
  return { outcome: { kind: "timed-out", afterMs: budgetMs }, reason, graceMs: answerMs };
};

/** How often a run that takes long looks whether somebody wants it cancelled: one read unit each time. */
const lookMs = 5_000;
const graceMs = 5_000;

const cancellation = async (
  { clock, runs, log }: EnqueuePorts,
  run: Running,
  signal: AbortSignal,
): Promise<Ending> => {
  for (;;) {
    await clock.sleep(lookMs, signal);
    if (signal.aborted) return await new Promise<never>(() => undefined);
    const reason = await askedToCancel(runs, run).catch((error: unknown) => {
      log.warn("cancellation check failed", { run: run.id, error });
      return undefined;
    });
    if (reason !== undefined)
      return {
        outcome: { kind: "cancelled", reason },
        reason: new DOMException(reason, "AbortError"),
        graceMs,
      };
  }
};

const askedToCancel = async (
  runs: EnqueuePorts["runs"],
  { id, token }: Running,
): Promise<string | undefined> => {
  const row = (await runs.read([id])).get(id);
  return row?.token === token ? row.cancelRequested : undefined;
};
