import type { Outcome } from "../core/decide.ts";
import { FatalError, InvalidInputError } from "../core/errors.ts";
import { parseInput } from "../core/input.ts";
import type { Job, JobContext } from "../core/job.ts";
import type { Running } from "../core/run.ts";
import type { Clock } from "../ports.ts";
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
export const attempt = async (
  ports: EnqueuePorts,
  { run, job, input, budgetMs }: Attempt,
): Promise<Outcome> => {
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
  return await within(ports.clock, budgetMs, handler, control);
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

/** A handler that outstays its time is told so by its signal, and then left behind: its lease keeps it harmless. */
const within = async (
  clock: Clock,
  budgetMs: number,
  handler: Promise<Outcome>,
  control: AbortController,
): Promise<Outcome> => {
  const done = new AbortController();
  const timeout = clock
    .sleep(budgetMs, done.signal)
    .then((): Outcome => ({ kind: "timed-out", afterMs: budgetMs }));
  const outcome = await Promise.race([handler, timeout]);
  done.abort();
  if (outcome.kind === "timed-out")
    control.abort(new Error(`the attempt took longer than its ${budgetMs} ms`));
  return outcome;
};
