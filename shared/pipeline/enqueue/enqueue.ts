import { atIndex, ConflictError } from "../../core/errors.ts";
import type { EnqueueOptions, InputAndOptions, Job } from "../../core/jobs/job.ts";
import type { JobRef, JobTarget } from "../../core/jobs/job-ref.ts";
import { jsonHash } from "../../core/json.ts";
import { ttlAt } from "../../core/runs/change.ts";
import { checkOptions, checkTarget } from "../../core/runs/enqueue-options.ts";
import { checkInput } from "../../core/runs/input.ts";
import { newRun } from "../../core/runs/new-run.ts";
import { isTerminal, type Run, type RunState } from "../../core/runs/run.ts";
import type { Ports, Queue } from "../../ports/index.ts";
import { rowAfterInsert } from "../runs/insert.ts";
import { outgoingMessage } from "../runs/outgoing-message.ts";
import { inputPart } from "../runs/payloads.ts";
import { registerJobs } from "../runs/register-jobs.ts";

export type EnqueuePorts = Pick<
  Ports,
  "clock" | "random" | "runs" | "payloads" | "jobNames" | "log" | "redact"
> & { readonly queue: Pick<Queue, "send"> };

export interface EnqueueRequest {
  readonly job: JobTarget;
  readonly input: unknown;
  readonly options?: EnqueueOptions | null | undefined;
  readonly parent?: ParentRun | undefined;
}

/** What a run passes on to the runs that it enqueues. */
interface ParentRun {
  readonly chainDepth: number;
  readonly trace?: string | undefined;
  /** The key of a run that is enqueued without one. */
  readonly keyFor: (job: string, inputHash: string) => string;
}

export interface Enqueued {
  readonly id: string;
  /** False when the key was used before with the same input. The answer is then that run. */
  readonly isNew: boolean;
  /** The state of the run. A `dead` run runs again only when an operator retries it (`runs retry`). */
  readonly state: RunState;
}

/**
 * Enqueue one run. Once this returns, the run reaches a terminal state.
 * @throws InvalidInputError, DefinitionError before anything is written; ConflictError when the key was used before
 * with another input; whatever the store throws when the row could not be written.
 */
export const enqueue = async <Sent>(
  ports: EnqueuePorts,
  job: Job<Sent> | JobRef<Sent>,
  ...[input, options]: InputAndOptions<Sent, EnqueueOptions>
): Promise<Enqueued> => singleResult(await enqueueMany(ports, [{ job, input, options }]));

/** The answer to a single request. @throws its error */
export const singleResult = ([answer]: readonly (Enqueued | Error)[]): Enqueued => {
  if (answer === undefined || answer instanceof Error)
    throw answer ?? new Error("expected one answer to one request, got none");
  return answer;
};

/**
 * Enqueue many runs in few requests. Each request has its own answer, which may be an error.
 * @throws InvalidInputError, DefinitionError if any request is not valid, with its index; then nothing is written.
 */
export const enqueueMany = async (
  ports: EnqueuePorts,
  requests: readonly EnqueueRequest[],
): Promise<readonly (Enqueued | Error)[]> => {
  const prepared = await prepareAll(ports, requests);
  const firsts = new Map(prepared.toReversed().map((one) => [one.run.id, one]));
  const unique = [...firsts.values()];
  const names = unique.map(({ run }) => run.job);
  const [found] = await Promise.all([writeRows(ports, unique), registerJobs(ports, names)]);
  await sendAll(ports, unique, found);
  return prepared.map(({ run }) => toAnswer(run, found.get(run.id) ?? run, firsts.get(run.id)?.run === run));
};

/** @throws the error of the first invalid request, with its index if there are several requests */
const prepareAll = async (
  ports: EnqueuePorts,
  requests: readonly EnqueueRequest[],
): Promise<readonly PreparedRun[]> => {
  const now = ports.clock.now();
  const results = await Promise.allSettled(requests.map((request) => toRun(request, now, ports)));
  const bad = results.flatMap((result, i) => (result.status === "rejected" ? [i] : []));
  return results.map((result, i) => {
    if (result.status === "fulfilled") return result.value;
    throw requests.length === 1 ? result.reason : atIndex(result.reason, i, bad.slice(1));
  });
};

/** The row of each id, or the error why there is none. */
type Rows = ReadonlyMap<string, Run | Error>;

const writeRows = async (ports: EnqueuePorts, prepared: readonly PreparedRun[]): Promise<Rows> => {
  const saved = await Promise.all(prepared.map((one) => saveInput(ports, one)));
  const writable = prepared.flatMap(({ run }, i) => (saved[i] instanceof Error ? [] : [run]));
  const created = await ports.runs.create(writable);
  return new Map([
    ...prepared.flatMap(({ run }, i): [string, Error][] =>
      saved[i] instanceof Error ? [[run.id, saved[i]]] : [],
    ),
    ...writable.map((run, i): [string, Run | Error] => [run.id, rowAfterInsert(run, created[i])]),
  ]);
};

interface PreparedRun {
  readonly run: Run;
  readonly text: string | undefined;
}

const toRun = async (
  { job, input, options, parent }: EnqueueRequest,
  now: number,
  { random }: EnqueuePorts,
): Promise<PreparedRun> => {
  checkTarget(job);
  const { key, ...checked } = checkOptions(job, options, now);
  const text = await checkInput(job, input);
  const run = newRun({
    job: job.name,
    key: key ?? parent?.keyFor(job.name, jsonHash(text)) ?? random.id(now),
    input: text,
    now,
    chainDepth: parent?.chainDepth,
    trace: parent?.trace,
    ...checked,
  });
  return { run, text };
};

/** Save a large input as an item of its own, before the row that refers to it. */
const saveInput = async (
  { payloads }: EnqueuePorts,
  { run, text }: PreparedRun,
): Promise<Error | undefined> => {
  if (!run.inputStored || text === undefined) return undefined;
  try {
    await payloads.save(run.id, inputPart(run), text, inputTtl(run.dueAt));
    return undefined;
  } catch (error) {
    return new Error(`run "${run.id}" was not written: its input could not be saved: ${String(error)}`, {
      cause: error,
    });
  }
};

/**
 * When a stored input expires. It outlives its run: it is kept three times as long as an ended row, from when the run
 * is due.
 */
export const inputTtl = (due: number): number => ttlAt(due) + 60 * 86_400;

/**
 * Send the messages of the rows. A message that is not sent is no error: the row exists, so the sweeper sends it again.
 */
const sendAll = async (
  { queue, clock, log }: EnqueuePorts,
  prepared: readonly PreparedRun[],
  rows: Rows,
): Promise<void> => {
  const now = clock.now();
  const messages = prepared.flatMap(({ run, text }) => {
    const row = rows.get(run.id);
    return needsMessage(run, row) ? [outgoingMessage(row, now, { input: text })] : [];
  });
  if (messages.length === 0) return;
  const errors = await queue.send(messages).catch((error: unknown) => messages.map(() => error));
  const failed = errors.filter((error) => error !== undefined);
  if (failed.length > 0)
    log.warn("messages not sent; the sweeper will resend", { count: failed.length, error: failed[0] });
};

/** Whether a run needs a message now. One that has ended or is parked does not. */
const needsMessage = (wanted: Run, row: Run | Error | undefined): row is Run =>
  row !== undefined &&
  !(row instanceof Error) &&
  row.inputHash === wanted.inputHash &&
  !isTerminal(row.state) &&
  row.state !== "parked";

const toAnswer = (wanted: Run, stored: Run | Error, isFirst: boolean): Enqueued | Error => {
  if (stored instanceof Error) return stored;
  if (stored.inputHash !== wanted.inputHash) return new ConflictError(wanted.id);
  return { id: wanted.id, isNew: stored === wanted && isFirst, state: stored.state };
};
