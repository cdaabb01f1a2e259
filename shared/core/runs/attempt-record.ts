import * as z from "zod";
import type { Redact } from "../redact.ts";
import { type Outcome, timeoutFailure } from "./decide.ts";
import { type FailureDetails, failureDetailsOf } from "./failure-details.ts";
import { type Running, retentionMs } from "./run.ts";

/**
 * What is kept of an attempt that failed, or that may be lost: an item of its own. An attempt that succeeds is in the
 * run's row, and costs no item. Stored data outlives deploys, so it is parsed on every read.
 */
const instant = z.int().nonnegative();
const cause = z.object({
  name: z.string(),
  message: z.string(),
  code: z.string().optional(),
  stack: z.string().optional(),
});

export const attemptRecordSchema = z.object({
  /** Which claim of the run it was, all generations together: the run's `claimCount` at that time. */
  claim: z.int().positive(),
  /** Which attempt of its generation, from 1. */
  attempt: z.int().positive(),
  generation: z.int().positive(),
  /** When the run was claimed for it. */
  startedAt: instant,
  endedAt: instant.optional(),
  worker: z.string().optional(),
  /**
   * `started`: its handler is about to start, after an earlier lease was lost. As long as nothing else is recorded its
   * worker is at work, or was killed. `killed`: its worker is known to have ended, and why. `not-started`: the run died
   * before its handler started.
   */
  outcome: z.enum(["started", "failed", "timed-out", "killed", "not-started"]),
  error: cause.extend({ causes: z.array(cause).optional() }).optional(),
});

export type AttemptRecord = z.infer<typeof attemptRecordSchema>;

/** TTL in seconds. A run that is retried for long ends long after its first attempts, and is kept from then. */
export const attemptTtl = (now: number): number => Math.floor((now + 2 * retentionMs) / 1_000);

const facts = (run: Running) => ({
  claim: run.claimCount,
  attempt: run.claimCount - run.claimCountAtStart,
  generation: run.generation,
  startedAt: run.startedAt,
  ...(run.worker !== undefined && { worker: run.worker }),
});

/** The record of a handler that is about to start after an earlier lease was lost. */
export const startedRecord = (run: Running): AttemptRecord => ({ ...facts(run), outcome: "started" });

/** The record of an attempt whose worker is known to have ended while it ran. */
export const killedRecord = (run: Running, error: FailureDetails, endedAt: number): AttemptRecord => ({
  ...facts(run),
  endedAt,
  outcome: "killed",
  error,
});

/** The record of a claim that ended its run before the handler started. */
export const notStartedRecord = (run: Running, endedAt: number): AttemptRecord => ({
  ...facts(run),
  endedAt,
  outcome: "not-started",
});

export interface AttemptEnd {
  readonly outcome: Outcome;
  readonly endedAt: number;
  readonly redact?: Redact | undefined;
}

/** The record of an attempt that failed. Undefined for any other: the run's row says all that there is to say. */
export const failedRecord = (
  run: Running,
  { outcome, endedAt, redact }: AttemptEnd,
): AttemptRecord | undefined => {
  const ended = { ...facts(run), endedAt };
  if (outcome.kind === "threw")
    return { ...ended, outcome: "failed", error: failureDetailsOf(outcome.error, redact) };
  if (outcome.kind === "timed-out")
    return { ...ended, outcome: "timed-out", error: timeoutFailure(outcome.afterMs) };
  return undefined;
};
