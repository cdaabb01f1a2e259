import { bytesOf, jsonHash } from "../json.ts";
import type { LaneName } from "../lane.ts";
import { listKeyOf, timerKeyOf } from "../shard.ts";
import { inlineBytes } from "./input.ts";
import type { RunIn } from "./run.ts";

export interface NewRun {
  readonly job: string;
  readonly key: string;
  readonly lane: LaneName;
  /** JSON text. */
  readonly input: string | undefined;
  readonly dueAt: number;
  readonly now: number;
  readonly schedule?: string | undefined;
  readonly tenant?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly expiresAt?: number | undefined;
  readonly chainDepth?: number | undefined;
  readonly trace?: string | undefined;
}

/** `:` cannot occur in a job's name, so an id splits in one way. */
export const runId = (job: string, key: string): string => `${job}:${key}`;

/** SQS delays a message by at most 15 minutes. What is due later is kept in the table. */
export const maxDelayMs = 900_000;

/** The row of a run that is to be: queued, or parked when its queue could not hold it until it is due. */
export const newRun = (wanted: NewRun): RunIn<"queued"> | RunIn<"parked"> => {
  const { job, key, lane, input, dueAt, now, chainDepth, schedule, tenant, tags, expiresAt, trace } = wanted;
  const id = runId(job, key);
  const row = {
    id,
    job,
    lane,
    generation: 1,
    availableAt: dueAt,
    claimCount: 0,
    claimCountAtStart: 0,
    failedAttempts: 0,
    dueAt,
    createdAt: now,
    resendCount: 0,
    inputHash: jsonHash(input),
    listKey: listKeyOf(job, id),
    ...inputFields(input),
    ...(schedule !== undefined && { schedule }),
    ...(tenant !== undefined && { tenant }),
    ...(tags?.length && { tags: [...tags] }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(chainDepth && { chainDepth }),
    ...(trace !== undefined && { trace }),
  };
  return dueAt - now > maxDelayMs
    ? { ...row, state: "parked", timerKey: timerKeyOf("park", id), timerAt: dueAt }
    : { ...row, state: "queued" };
};

const inputFields = (input: string | undefined): { input?: string; inputStored?: true } => {
  if (input === undefined) return {};
  return bytesOf(input) <= inlineBytes ? { input } : { inputStored: true };
};

/** Whole seconds, rounded down: a message may come up to a second early, and its worker waits. Never late. */
export const delaySeconds = (due: number, now: number): number =>
  Math.max(0, Math.min(maxDelayMs / 1_000, Math.floor((due - now) / 1_000)));
