import { attemptTtl, killedRecord } from "../../shared/core/runs/attempt-record.ts";
import type { Change } from "../../shared/core/runs/change.ts";
import { type Failure, failureOf } from "../../shared/core/runs/failure.ts";
import { readMessage } from "../../shared/core/runs/message.ts";
import type { Run, Running } from "../../shared/core/runs/run.ts";
import { endLease, giveBack } from "../../shared/core/runs/worker-end.ts";
import type { AttemptEntry, Attempts, Clock, Runs } from "../../shared/ports/index.ts";
import type { EndedWorker } from "./ended-worker.ts";

/** A message of the ended worker's batch. */
export interface HeldMessage {
  readonly messageId: string;
  readonly body: string;
}

export interface Released {
  readonly messageId: string;
  /** After how many seconds the message becomes visible. */
  readonly visibleInSeconds: number;
  /** Set when the run may have ended the worker. */
  readonly crash?: Crash;
}

export interface Crash {
  readonly run: Running;
  readonly cause: string;
  readonly endedAt: number;
  readonly retryAt: number;
}

/** The log line of an attempt whose worker ended, with the same fields as a worker's own lines. */
export const crashLine = ({ run, cause, endedAt, retryAt }: Crash): string =>
  JSON.stringify({
    message: "run",
    run: run.id,
    job: run.job,
    lane: run.lane,
    state: "crashed",
    attempt: run.claimCount - run.claimCountAtStart,
    waitMs: Math.max(0, run.startedAt - run.dueAt),
    tookMs: Math.max(0, endedAt - run.startedAt),
    reason: cause,
    retryAt: new Date(retryAt).toISOString(),
  });

/** The minimum of fauxqs. Suspects become visible later, so that the other runs are processed first. */
const innocentSeconds = 1;
const suspectSeconds = 2;

export interface ReleasePorts {
  readonly runs: Pick<Runs, "read" | "change">;
  readonly attempts: Pick<Attempts, "record">;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Ends the leases of a worker that has exited, so that its runs are retried within seconds. On AWS the exit is not
 * known, and the sweeper rescues the runs when their leases expire.
 * @throws when the rows cannot be read or written; then the leases expire
 */
export const releaseRuns = async (
  { runs, attempts, clock }: ReleasePorts,
  messages: readonly HeldMessage[],
  worker: EndedWorker,
): Promise<readonly Released[]> => {
  const ids = new Map(messages.map((message) => [message.messageId, runIdOf(message)]));
  const rows = await runs.read([...new Set([...ids.values()].filter((id) => id !== undefined))]);
  const now = clock.now();
  const held = [...rows.values()].filter((row) => isHeldBy(row, worker));
  await runs.change(held.map((run) => changeOf(run, { worker, now })));
  await attempts.record(
    held.filter(({ id }) => worker.started.has(id)).map((run) => entryOf(run, { worker, now })),
  );
  return [...ids].map(([messageId, id]) => releaseOf(messageId, rows.get(id ?? ""), { worker, now }));
};

const runIdOf = ({ body, messageId }: HeldMessage): string | undefined => {
  const read = readMessage(body, messageId);
  return "problem" in read ? undefined : read.id;
};

const isHeldBy = (row: Run, { name }: EndedWorker): row is Running =>
  row.state === "running" && row.worker === name;

interface End {
  readonly worker: EndedWorker;
  readonly now: number;
}

const changeOf = (run: Running, { worker, now }: End): Change => {
  const { started, suspects } = worker;
  if (!started.has(run.id)) return giveBack(run, now);
  const isSuspect = suspects.has(run.id);
  const error = isSuspect ? errorOf(run, worker) : undefined;
  return endLease(run, { error, isProven: isSuspect && suspects.size === 1, now });
};

const entryOf = (run: Running, { worker, now }: End): AttemptEntry => ({
  runId: run.id,
  record: killedRecord(run, errorOf(run, worker), now),
  ttl: attemptTtl(now),
});

const errorOf = ({ id }: Running, { suspects }: EndedWorker): Failure => {
  const cause = suspects.get(id);
  const others = suspects.size === 1 ? "" : `; ${suspects.size} runs were in the same process`;
  return failureOf(new WorkerEnded(cause === undefined ? indirectCause(suspects) : `${cause}${others}`));
};

const indirectCause = (suspects: EndedWorker["suspects"]): string =>
  suspects.size === 0
    ? "the host was stopped while it ran"
    : `another run ended its worker: ${[...suspects.keys()].join(", ")}`;

/** Stored in the run's row as its last error. */
class WorkerEnded extends Error {
  override readonly name = "WorkerEnded";
}

const releaseOf = (messageId: string, row: Run | undefined, { worker, now }: End): Released => {
  if (!row || !isHeldBy(row, worker)) return { messageId, visibleInSeconds: waitSeconds(row, now) };
  const cause = worker.suspects.get(row.id);
  if (cause === undefined) return { messageId, visibleInSeconds: innocentSeconds };
  const retryAt = now + suspectSeconds * 1_000;
  return { messageId, visibleInSeconds: suspectSeconds, crash: { run: row, cause, endedAt: now, retryAt } };
};

const maxSeconds = 43_200;

/** For messages whose run the worker did not hold: a waiting run stays hidden until it is due. */
const waitSeconds = (row: Run | undefined, now: number): number => {
  const isWaiting = row?.state === "queued" || row?.state === "retry" || row?.state === "running";
  const seconds = isWaiting ? Math.ceil((row.availableAt - now) / 1_000) : 0;
  return Math.min(maxSeconds, Math.max(innocentSeconds, seconds));
};
