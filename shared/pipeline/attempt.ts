import type { Outcome } from "../core/decide.ts";
import { FatalError, InvalidInputError } from "../core/errors.ts";
import { parseInput } from "../core/input.ts";
import type { Job, JobContext } from "../core/job.ts";
import type { Running } from "../core/run.ts";
import type { EnqueuePorts } from "./enqueue.ts";
import { followUp } from "./follow-up.ts";

export interface Attempt {
  readonly run: Running;
  readonly job: Job;
  /** As the wire gave it. */
  readonly input: unknown;
  /** How long the handler may take. */
  readonly budgetMs: number;
}

/** One try at a run: the handler, its input, its signal, its clock. Never throws. */
export const attempt = async (ports: EnqueuePorts, wanted: Attempt): Promise<Outcome> => {
  const { run, job, input } = wanted;
  const received = await parsed(job, input);
  if ("kind" in received) return received;
  const control = new AbortController();
  const context = contextOf(ports, run, received.value, control.signal);
  const handler = Promise.resolve()
    .then(() => job.run(context))
    .then(
      (result): Outcome => ({ kind: "returned", result }),
      (error: unknown): Outcome => ({ kind: "threw", error }),
    );
  return await within(ports, wanted, handler, control);
};

/** An input that its schema refuses will be refused again: no attempt can mend it. */
const parsed = async (job: Job, input: unknown): Promise<{ value: unknown } | Outcome> => {
  try {
    return { value: await parseInput(job, input) };
  } catch (error) {
    const fatal =
      error instanceof InvalidInputError ? new FatalError(error.message, { cause: error }) : error;
    return { kind: "threw", error: fatal };
  }
};

const contextOf = (
  ports: EnqueuePorts,
  run: Running,
  input: unknown,
  signal: AbortSignal,
): JobContext<unknown> => ({
  input,
  run: {
    id: run.id,
    attempt: run.attempt - run.base,
    dueAt: new Date(run.due),
    ...(run.schedule !== undefined && { schedule: run.schedule }),
    ...(run.tenant !== undefined && { tenant: run.tenant }),
  },
  idempotencyKey: run.id,
  signal,
  log: about(ports.log, run),
  enqueue: followUp(ports, run),
});

const about = (log: EnqueuePorts["log"], { id, job, attempt: number }: Running): EnqueuePorts["log"] => {
  const with_ = (facts?: object) => ({ run: id, job, attempt: number, ...facts });
  return {
    debug: (message, facts) => log.debug(message, with_(facts)),
    info: (message, facts) => log.info(message, with_(facts)),
    warn: (message, facts) => log.warn(message, with_(facts)),
    error: (message, facts) => log.error(message, with_(facts)),
  };
};

/** How a handler is ended that does not end by itself. */
interface Ending {
  readonly outcome: Outcome;
  /** How long it is still waited for: what it achieves in that time counts. */
  readonly graceMs: number;
}

/**
 * A handler that outstays its time, or whose run was cancelled, is told so by its signal, and then left behind: its
 * lease keeps it harmless.
 */
const within = async (
  ports: EnqueuePorts,
  { run, budgetMs }: Attempt,
  handler: Promise<Outcome>,
  control: AbortController,
): Promise<Outcome> => {
  const done = new AbortController();
  const ending = Promise.race([timeout(ports, budgetMs, done.signal), cancellation(ports, run, done.signal)]);
  const first = await Promise.race([handler.then((outcome) => ({ outcome })), ending]);
  done.abort();
  if (!("graceMs" in first)) return first.outcome;
  control.abort(
    new Error(first.outcome.kind === "cancelled" ? first.outcome.reason : "the attempt took too long"),
  );
  const last = await Promise.race([handler, ports.clock.sleep(first.graceMs).then(() => first.outcome)]);
  return last.kind === "returned" ? last : first.outcome;
};

const timeout = async ({ clock }: EnqueuePorts, budgetMs: number, signal: AbortSignal): Promise<Ending> => {
  await clock.sleep(budgetMs, signal);
  return { outcome: { kind: "timed-out", afterMs: budgetMs }, graceMs: 0 };
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
      log.warn("not seen whether the run is to be cancelled", { run: run.id, problem: String(error) });
      return undefined;
    });
    if (reason !== undefined) return { outcome: { kind: "cancelled", reason }, graceMs };
  }
};

const askedToCancel = async (
  runs: EnqueuePorts["runs"],
  { id, token }: Running,
): Promise<string | undefined> => {
  const row = (await runs.read([id])).get(id);
  return row?.token === token ? row.cancelAsked : undefined;
};
