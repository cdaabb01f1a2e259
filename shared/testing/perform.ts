import type { Enqueue, EnqueueOptions, InputAndOptions, Job, JobContext, Log } from "../core/jobs/job.ts";
import { checkJob, checkOptions, checkTarget } from "../core/runs/enqueue-options.ts";
import { checkInput, parseInput } from "../core/runs/input.ts";
import { runId } from "../core/runs/new-run.ts";

/** What a job did while it was performed. */
export interface Performed {
  readonly result: unknown;
  /** The enqueued runs, in order. Each was validated as in the pipeline; none was sent. */
  readonly enqueued: readonly EnqueuedWork[];
  readonly logs: readonly LogLine[];
}

export interface EnqueuedWork {
  readonly job: string;
  /** The input as sent, before the schema parses it. */
  readonly input: unknown;
  readonly options: EnqueueOptions;
  readonly id: string;
}

export interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly facts?: object | undefined;
}

/** Overrides of the defaults: attempt 1, due now, and a signal that aborts at the job's timeout. */
export interface PerformOptions {
  readonly run?: Partial<JobContext<unknown>["run"]>;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/**
 * Run a job once in a test, with everything that a worker provides.
 *
 *     const { result, enqueued } = await perform(sendWelcomeEmail, { userId });
 *
 * @throws InvalidInputError as `enqueue` does, and whatever the job throws.
 */
export const perform = async <Sent>(
  job: Job<Sent>,
  ...[input, options = {}]: InputAndOptions<Sent, PerformOptions>
): Promise<Performed> => {
  checkJob(job);
  const text = await checkInput(job, input);
  const received = await parseInput(job, text === undefined ? undefined : JSON.parse(text));
  const enqueued: EnqueuedWork[] = [];
  const logs: LogLine[] = [];
  const id = options.run?.id ?? runId(job.name, "performed");
  const result = await job.run({
    input: received,
    run: { id, attempt: 1, generation: 1, dueAt: new Date(), ...options.run },
    idempotencyKey: options.idempotencyKey ?? id,
    signal: options.signal ?? AbortSignal.timeout(job.timeoutMs),
    log: recordingLog(logs),
    enqueue: recordingEnqueue(enqueued),
  });
  return { result, enqueued, logs };
};

const recordingLog = (logs: LogLine[]): Log => {
  const at = (level: keyof Log) => (message: string, facts?: object) =>
    void logs.push({ level, message, facts });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
};

const recordingEnqueue =
  (enqueued: EnqueuedWork[]): Enqueue =>
  async (job, ...[input, options]) => {
    checkTarget(job);
    const { key } = checkOptions(job, options, Date.now());
    await checkInput(job, input);
    const id = runId(job.name, key ?? `enqueued-${enqueued.length + 1}`);
    enqueued.push({ job: job.name, input, options: options ?? {}, id });
    return { id };
  };
