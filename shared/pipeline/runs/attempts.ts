import {
  type AttemptRecord,
  attemptTtl,
  failedRecord,
  notStartedRecord,
  startedRecord,
} from "../../core/runs/attempt-record.ts";
import type { Outcome, Verdict } from "../../core/runs/decide.ts";
import type { Running } from "../../core/runs/run.ts";
import type { Ports } from "../../ports/index.ts";

type AttemptPorts = Pick<Ports, "attempts" | "clock" | "log" | "redact">;

/** Upper bound on how long the record of an attempt delays its outcome, which matters more. */
const maxWaitMs = 2_000;

/**
 * Save the record of an attempt that failed, and log its error with stack and causes. Called after the verdict and
 * before the outcome is written, so that every failure in a row has its record. A record that cannot be written in time
 * is given up, since it must not discard a finished attempt. Never throws. Costs nothing if the attempt did not fail.
 */
export const recordFailure = async (
  ports: AttemptPorts,
  run: Running,
  { outcome, verdict }: { readonly outcome: Outcome; readonly verdict: Verdict },
): Promise<void> => {
  const record = failedRecord(run, { outcome, endedAt: ports.clock.now(), redact: ports.redact });
  if (!record) return;
  const { error } = record;
  const isLast = verdict.kind === "dead";
  ports.log[isLast ? "error" : "warn"]("attempt failed", {
    run: run.id,
    job: run.job,
    attempt: record.attempt,
    ...(run.worker !== undefined && { worker: run.worker }),
    error,
  });
  await keep(ports, run, record);
};

/** Save the record of a handler that is about to start after an earlier lease was lost. Never throws. */
export const recordStarted = (ports: AttemptPorts, run: Running): Promise<void> =>
  keep(ports, run, startedRecord(run));

/** Save the record of a claim that ended its run before the handler started. Never throws. */
export const recordNotStarted = (ports: AttemptPorts, run: Running): Promise<void> =>
  keep(ports, run, notStartedRecord(run, ports.clock.now()));

const keep = async (ports: AttemptPorts, run: Running, record: AttemptRecord): Promise<void> => {
  const { attempts, clock, log } = ports;
  const done = new AbortController();
  const late = clock.sleep(maxWaitMs, done.signal).then(() => {
    if (!done.signal.aborted) throw new Error(`not written within ${maxWaitMs} ms`);
  });
  try {
    const entry = { runId: run.id, record, ttl: attemptTtl(clock.now()) };
    await Promise.race([attempts.record([entry]), late]);
  } catch (error) {
    log.warn("attempt not recorded", { run: run.id, claim: record.claim, error });
  } finally {
    done.abort();
  }
};
