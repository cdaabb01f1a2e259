import { durationMs } from "../../core/duration.ts";
import type { Job } from "../../core/jobs/job.ts";
import { closingMs } from "../../core/lane.ts";
import { type Claim, readRefusal } from "../../core/runs/admission.ts";
import { adoption, conflict } from "../../core/runs/adoption.ts";
import type { Message } from "../../core/runs/message.ts";
import type { Run, Running } from "../../core/runs/run.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { Claimed, Created } from "../../ports/index.ts";
import { inputTtl } from "../enqueue/enqueue.ts";
import { rowAfterInsert } from "../runs/insert.ts";
import { inputPart } from "../runs/payloads.ts";

import type { Batch, Delivery } from "./batch.ts";
import { leaseReserveMs } from "./gates/time-gates.ts";
import { retryUntil } from "./retry-until.ts";

/**
 * Time between the end of an attempt and the end of its lease: 2 seconds for the steps before the handler, and the
 * reserve for clock skew and the write of the outcome.
 */
const leaseMarginMs = 2_000 + leaseReserveMs;

const unknownJobLeaseMs = durationMs("10 seconds", "lease");

/** The result of a claim: the claimed run, or what happens to the message instead. */
export type ClaimResult =
  | { readonly kind: "claimed"; readonly run: Running }
  /** The run has ended, or is in a later generation: `run` is the row as it is now. */
  | { readonly kind: "ended"; readonly run?: Run | undefined }
  | { readonly kind: "wait"; readonly until: number }
  /** There is no row, and the message cannot be adopted. */
  | { readonly kind: "refused"; readonly reason: string };

export interface ClaimRequest {
  readonly delivery: Delivery;
  readonly message: Message;
  readonly id: string;
  /** Absent when this deployment does not have the job. */
  readonly job: Job | undefined;
}

/**
 * Claim the run of a message. A message that was sent straight to the queue, without a row, is adopted: its row is
 * written as already claimed. The likelier of the two is tried first, and leads to the other.
 */
export const claimRun = async (batch: Batch, request: ClaimRequest): Promise<ClaimResult> => {
  const claim = claimOf(batch, request);
  if (request.message.id === undefined) {
    const adopted = await adopt(batch, request, claim);
    if (adopted.kind !== "exists") return adopted;
  }
  const result = await claimRow(batch, claim);
  return result.kind === "unknown" ? await adoptOrWait(batch, request, claim) : result;
};

const claimOf = (batch: Batch, { id, message, job }: ClaimRequest): Claim => {
  const now = batch.ports.clock.now();
  const work = Math.min(job?.timeoutMs ?? unknownJobLeaseMs, batch.deadlineAt - now);
  const token = batch.ports.random.id(now);
  return {
    id,
    generation: message.generation ?? 1,
    token,
    now,
    leaseUntil: now + work + leaseMarginMs,
    worker: batch.worker,
  };
};

const claimRow = async (batch: Batch, claim: Claim): Promise<ClaimResult | { readonly kind: "unknown" }> => {
  const answer = await batch.claim(claim).catch((error: unknown) => claimInDoubt(batch, claim, error));
  if ("run" in answer) return { kind: "claimed", run: answer.run };
  const refusal = readRefusal(answer.refused, claim);
  if (refusal.kind === "ended" || refusal.kind === "death") return { kind: "ended", run: answer.refused };
  if (refusal.kind !== "ours") return refusal;
  return answer.refused?.state === "running" ? { kind: "claimed", run: answer.refused } : { kind: "ended" };
};

/**
 * Find out by reading the row whether a claim whose request failed took effect. No other worker knows the token.
 * @throws the claim's error when the row could not be read either
 */
const claimInDoubt = async (batch: Batch, claim: Claim, error: unknown): Promise<Claimed> => {
  const row = await rowInDoubt(batch, claim, error);
  return row?.state === "running" && row.token === claim.token ? { run: row } : { refused: row };
};

/**
 * Read the row after a write whose result is unknown, again and again until it can be read or the lease would end.
 * @throws the error of the write when the row could not be read
 */
const rowInDoubt = async (batch: Batch, claim: Claim, error: unknown): Promise<Run | undefined> => {
  const { clock, log } = batch.ports;
  log.warn("write result unknown; re-reading the row", { run: claim.id, error });
  const until = Math.min(claim.leaseUntil, batch.deadlineAt - closingMs);
  const answer = await retryUntil(clock, until, () => batch.row(claim.id).catch(() => undefined));
  if (!answer) throw error;
  return answer.row;
};

const adoptOrWait = async (batch: Batch, request: ClaimRequest, claim: Claim): Promise<ClaimResult> => {
  const answer = await adopt(batch, request, claim);
  return answer.kind === "exists" ? { kind: "wait", until: claim.now + 1_000 } : answer;
};

const adopt = async (
  batch: Batch,
  request: ClaimRequest,
  claim: Claim,
): Promise<ClaimResult | { readonly kind: "exists" }> => {
  const { message, id, delivery } = request;
  const dueAt = Math.min(message.dueAt ?? delivery.sentAt, claim.now);
  const orphan = {
    message: { ...message, dueAt, generation: claim.generation },
    id,
    lane: batch.lane,
    sentAt: delivery.sentAt,
  };
  const adopted = adoption(orphan, batch.registry.jobs, claim.now);
  if ("refused" in adopted) return { kind: "refused", reason: adopted.refused };
  const run = claimedFrom(adopted.run, claim);
  if (run.inputStored && adopted.input !== undefined)
    await batch.ports.payloads.save(id, inputPart(run), adopted.input, inputTtl(run.dueAt));
  const created = await batch
    .adopt(run)
    .catch((error: unknown) => ({ created: false, failed: error }) as const);
  const answer = "failed" in created ? await adoptionInDoubt(batch, claim, created.failed) : created;
  if (answer.created) return { kind: "claimed", run };
  const row = rowAfterInsert(run, answer);
  if (row instanceof Error) throw row;
  if (row.token === claim.token && row.state === "running") return { kind: "claimed", run: row };
  const reason = conflict(row, message, run.inputHash);
  return reason === undefined ? { kind: "exists" } : { kind: "refused", reason };
};

const adoptionInDoubt = async (batch: Batch, claim: Claim, failed: unknown): Promise<Created> => {
  const error = typeof failed === "string" ? new Error(failed) : failed;
  const existing = await rowInDoubt(batch, claim, error);
  if (!existing) throw error;
  return { created: false, existing };
};

/** The row that the sender would have written, already claimed. */
const claimedFrom = (row: Run, claim: Claim): Running =>
  withoutUndefined({
    ...row,
    state: "running",
    claimCount: 1,
    availableAt: claim.leaseUntil,
    token: claim.token,
    startedAt: claim.now,
    worker: claim.worker,
  });
