import type { Job } from "../../core/jobs/job.ts";
import { memoize } from "../../core/memoize.ts";
import { rowAfter, type Wait } from "../../core/runs/change.ts";
import { decide, type Verdict } from "../../core/runs/decide.ts";
import { lostLeasesOf, type Run, type RunFields, type Running } from "../../core/runs/run.ts";
import { settle } from "../../core/runs/settle.ts";
import type { LedgerEntry } from "../../core/schedules/ledger-entry.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { recordFailure, recordNotStarted } from "../runs/attempts.ts";
import type { EndEffect } from "../runs/end-effects.ts";
import { loadInput } from "../runs/payloads.ts";
import { watchLease } from "../runs/watch-runs.ts";
import { acknowledge, afterLostLease } from "./acknowledge.ts";
import { attempt } from "./attempt.ts";
import { type Batch, type Disposition, readSchedule } from "./batch.ts";
import type { ClaimRequest } from "./claim.ts";
import { grantMoreTime } from "./extend.ts";
import { checkGates, type Gate } from "./gates/gate.ts";
import { timeLeftMs } from "./gates/time-gates.ts";
import { keepResult, keepUsedInput } from "./keep-payloads.ts";
import { recordStartAfterLoss } from "./record-start.ts";
import { countOf } from "./run-log.ts";
import { type Settled, writeOutcome } from "./settle.ts";
import { applySettleEffects, type SettleEffect } from "./settle-effects.ts";
import { waitFor } from "./visibility.ts";

/** What a worker does around the attempt, each list in order. */
export interface WorkerSteps {
  /** The checks between claim and handler. */
  readonly gates: readonly Gate[];
  /** What follows every outcome that is written. */
  readonly settleEffects: readonly SettleEffect[];
  /** What follows the end of a run. */
  readonly endEffects: readonly EndEffect[];
}

/** How a message of a batch is processed. */
export interface BatchTurn extends WorkerSteps {
  /** Whether no other run of the batch is in progress. */
  readonly isAlone: boolean;
}

type ReadSchedule = () => Promise<ScheduleRow | undefined>;

/** The verdict on a claimed run, before it is written. */
interface Decided {
  /** The row as this worker knows it: with its recorded start, if it has one. */
  readonly run: Running;
  readonly verdict: Verdict;
  /** Facts that the row keeps beside the verdict. */
  readonly facts: RunFields;
}

interface Written extends Decided {
  readonly settled: Settled;
  readonly wait: Wait;
  /** The row as it is after the write. */
  readonly row: Run;
}

/** Execute a claimed run: check the gates, run the attempt, decide, write the outcome, acknowledge. */
export const executeRun = async (
  batch: Batch,
  request: ClaimRequest,
  claimed: Running,
  turn: BatchTurn,
): Promise<Disposition> => {
  const claimedAt = batch.ports.clock.now();
  batch.count({ claimed: 1, waitMs: Math.max(0, claimedAt - claimed.dueAt) });
  if (lostLeasesOf(claimed) > 0) batch.count({ crashed: 1 });
  const schedule = memoize(() => readSchedule(batch, claimed));
  const written = await batch.withRun(async () => {
    await watchLease(batch.ports, claimed);
    const decided = await decideRun(batch, request, { run: claimed, schedule, turn });
    return await writeVerdict(batch, request, decided ?? giveBack(claimed, claimedAt));
  });
  if (written.settled.kind !== "written") return afterLostLease(batch, written.run, written.settled);
  const { run, row, verdict, wait } = written;
  const writtenAt = batch.ports.clock.now();
  batch.count({ ...countOf(verdict), workMs: writtenAt - claimedAt });
  await applySettleEffects(batch.ports, { run, row, verdict, claimedAt, writtenAt }, turn.settleEffects);
  if (verdict.kind === "deferred" && verdict.isToRunAlone) return "retry-alone";
  const { delivery } = request;
  return await acknowledge(
    batch,
    { delivery, run, row, verdict, wait, schedule, claimedAt },
    turn.endEffects,
  );
};

interface Undecided {
  readonly run: Running;
  /** Read at the first call, once per run. */
  readonly schedule: ReadSchedule;
  readonly turn: BatchTurn;
}

/** Decide the verdict on a run. Undefined means that the run is claimed again when it is alone. */
const decideRun = async (
  batch: Batch,
  { delivery, job }: ClaimRequest,
  { run, schedule, turn: { isAlone, gates } }: Undecided,
): Promise<Decided | undefined> => {
  let ready: Decided | Ready;
  try {
    const result = await checkGates({ batch, delivery, run, job, isAlone, schedule }, gates);
    if (result?.kind === "retry-alone") return undefined;
    if (result) {
      const { verdict, ledgerEntry, facts } = result;
      if (verdict.kind === "dead") await recordNotStarted(batch.ports, run);
      return {
        run,
        verdict,
        facts: { ...factsOfEarlyEnd(run, verdict, ledgerEntry), ...facts },
      };
    }
    if (!job) throw new Error(`no gate stopped run "${run.id}", whose job is not in this deployment`);
    ready = await prepare(batch, { run, job, schedule: await schedule() });
  } catch (error) {
    return deferUnstarted(batch, run, error);
  }
  // From here on the handler may have started: the attempt is charged.
  return "verdict" in ready ? ready : await runAttempt(batch, ready);
};

/**
 * The facts of an end before the handler. The row records whether the schedule skipped the run, so that the next worker
 * with the message can write the ledger entry, and a backfill may run the occurrence. After a failed attempt or a lost
 * lease only a ledger entry proves that it was skipped.
 */
const factsOfEarlyEnd = (run: Running, verdict: Verdict, ledgerEntry: LedgerEntry | undefined): RunFields =>
  verdict.kind === "cancelled" && (ledgerEntry || (run.failedAttempts === 0 && lostLeasesOf(run) === 0))
    ? { skippedBySchedule: ledgerEntry !== undefined }
    : {};

interface Startable {
  readonly run: Running;
  readonly job: Job;
  readonly schedule: ScheduleRow | undefined;
}

interface Ready extends Startable {
  readonly input: unknown;
}

/** Load the input and record the start. @throws the error that keeps the handler from starting */
const prepare = async (
  batch: Batch,
  { run: claimed, job, schedule }: Startable,
): Promise<Decided | Ready> => {
  const stored = await loadInput(batch.ports.payloads, claimed, schedule);
  if ("lost" in stored) {
    const verdict: Verdict = { kind: "dead", reason: stored.lost };
    await recordNotStarted(batch.ports, claimed);
    return { run: claimed, verdict, facts: {} };
  }
  return { run: await recordStartAfterLoss(batch.ports, claimed), job, schedule, input: stored.input };
};

const runAttempt = async (batch: Batch, { run, job, schedule, input }: Ready): Promise<Decided> => {
  const { clock, random } = batch.ports;
  const outcome = await attempt(batch.ports, {
    run,
    job,
    input,
    budgetMs: Math.max(1, Math.min(job.timeoutMs, timeLeftMs(batch, run))),
    extend: (ms) => grantMoreTime(batch, run, ms),
  });
  const retryContext = {
    retry: job.retry,
    failed: run.failedAttempts,
    now: clock.now(),
    random: random.unit(),
    redact: batch.ports.redact,
  };
  const verdict = decide(outcome, retryContext);
  const [facts] = await Promise.all([
    keepUsedInput(batch, run, schedule),
    recordFailure(batch.ports, run, { outcome, verdict }),
  ]);
  return { run, verdict, facts };
};

const deferMs = 5_000;

/** Defer a run whose handler could not start because a read or write failed. The attempt is not charged. */
const deferUnstarted = ({ ports }: Batch, run: Running, error: unknown): Decided => {
  ports.log.warn("attempt deferred; its schedule, input or start could not be read or written", {
    run: run.id,
    error,
  });
  const verdict: Verdict = { kind: "deferred", at: ports.clock.now() + deferMs };
  // The start may have been recorded all the same, if only the reply was lost.
  const facts = lostLeasesOf(run) > 0 ? { crashes: run.crashes ?? 0, recordedStart: 0 } : {};
  return { run, verdict, facts };
};

/** Give the run back at once, uncharged. It is claimed again after the rest of the batch. */
const giveBack = (run: Running, at: number): Decided => ({
  run,
  verdict: { kind: "deferred", at, isToRunAlone: true },
  facts: {},
});

const writeVerdict = async (batch: Batch, { delivery }: ClaimRequest, decided: Decided): Promise<Written> => {
  const { run, verdict, facts } = decided;
  const wait = await waitFor(batch, delivery, verdict);
  const kept = await keepResult(batch, run, verdict);
  const settled = settle(run, kept, batch.ports.clock.now(), wait);
  const death = kept.kind === "dead" ? { deathMessageId: delivery.messageId } : {};
  const change = { ...settled, set: { ...settled.set, ...facts, ...death } };
  const outcome = await writeOutcome(batch, run, change);
  return { ...decided, verdict: kept, settled: outcome, wait, row: rowAfter(run, change) };
};
