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
import { backoffs } from "./backoffs.ts";
import type { Batch, Delivery } from "./batch.ts";

/**
 * Room between the end of an attempt and the end of its lease: 2 seconds for what comes before the handler, 5 for
 * clocks that differ and for the write of the outcome.
 */
const leaseMarginMs = 7_000;

const unknownJobLeaseMs = durationMs("10 seconds", "lease");

/** What came of asking for a run: it is ours, or what its message needs instead. */
export type ClaimResult =
  | { readonly kind: "claimed"; readonly run: Running }
  /** It has ended, or gone on to another generation. */
  | { readonly kind: "over"; readonly run?: Run | undefined }
  | { readonly kind: "wait"; readonly until: number }
  | { readonly kind: "letter" }
  /** There is no row and none can be made. */
  | { readonly kind: "refused"; readonly reason: string };

export interface ClaimRequest {
  readonly delivery: Delivery;
  readonly message: Message;
  readonly id: string;
  /** Absent when this deployment does not know it. */
  readonly job: Job | undefined;
}

/**
 * Get the right to work on a message's run. A message with a row is claimed; one that nobody wrote a row for, sent
 * straight to the queue, is adopted. Whichever is the likelier is tried first, and each leads to the other.
 */
export const claimRun = async (batch: Batch, applicant: ClaimRequest): Promise<ClaimResult> => {
  const claim = claimOf(batch, applicant);
  if (applicant.message.id === undefined) {
    const adoption = await adopt(batch, applicant, claim);
    if (adoption.kind !== "exists") return adoption;
  }
  const admission = await claimRow(batch, claim);
  return admission.kind === "unknown" ? await adoptOrWait(batch, applicant, claim) : admission;
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
  if (refusal.kind === "over") return { kind: "over", run: answer.refused };
  if (refusal.kind !== "ours") return refusal;
  return answer.refused?.state === "running" ? { kind: "claimed", run: answer.refused } : { kind: "over" };
};

/**
 * A claim whose request failed took effect or not: the row is read until that is known, or the lease would end. Nobody
 * else knows the token.
 * @throws the claim's error when the row could not be read either
 */
const claimInDoubt = async (batch: Batch, claim: Claim, error: unknown): Promise<Claimed> => {
  const row = await rowInDoubt(batch, claim, error);
  return row?.state === "running" && row.token === claim.token ? { run: row } : { refused: row };
};

const rowInDoubt = async (batch: Batch, claim: Claim, error: unknown): Promise<Run | undefined> => {
  const { clock, log } = batch.ports;
  log.warn("write result unknown; reading the row", { run: claim.id, error });
  const until = Math.min(claim.leaseUntil, batch.deadlineAt - closingMs);
  for (const pauseMs of backoffs) {
    const answer = await batch.row(claim.id).catch(() => undefined);
    if (answer) return answer.row;
    if (clock.now() + pauseMs > until) break;
    await clock.sleep(pauseMs);
  }
  throw error;
};

const adoptOrWait = async (batch: Batch, applicant: ClaimRequest, claim: Claim): Promise<ClaimResult> => {
  const answer = await adopt(batch, applicant, claim);
  return answer.kind === "exists" ? { kind: "wait", until: claim.now + 1_000 } : answer;
};

const adopt = async (
  batch: Batch,
  applicant: ClaimRequest,
  claim: Claim,
): Promise<ClaimResult | { readonly kind: "exists" }> => {
  const { message, id, delivery } = applicant;
  const due = Math.min(message.dueAt ?? delivery.sentAt, claim.now);
  const orphan = {
    message: { ...message, due, generation: claim.generation },
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

/** The row that its sender would have written, already claimed. */
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
