import { type Message, readMessage } from "../../core/runs/message.ts";
import { type Run, wasSkipped } from "../../core/runs/run.ts";
import { skippedByWorker } from "../../core/schedules/ledger-entry.ts";
import { deadLetterMessage } from "../runs/dead-letters.ts";
import { repeatEndEffects } from "../runs/end-run.ts";
import type { Batch, Delivery, Disposition } from "./batch.ts";
import { type ClaimRequest, claimRun } from "./claim.ts";
import { type BatchTurn, executeRun } from "./execute-run.ts";
import { hide, hideUntilAvailable } from "./visibility.ts";

/**
 * Process one record: parse it, wait until it is due, claim its run, execute it. Each step leads to the next or ends
 * the record.
 */
export const processMessage = async (
  batch: Batch,
  delivery: Delivery,
  turn: BatchTurn,
): Promise<Disposition> => {
  const read = readMessage(delivery.body, delivery.messageId);
  if ("problem" in read) return await refuse(batch, delivery, read.problem);
  const { message, id } = read;
  if (!batch.claimExclusively(id) && !turn.isAlone) return "retry-alone";
  if (!(await isDueSoon(batch, delivery, message))) return "nack";
  return await claimAndRun(batch, { delivery, message, id, job: batch.registry.jobs.get(message.job) }, turn);
};

const refuse = async (batch: Batch, delivery: Delivery, problem: string): Promise<Disposition> =>
  (await deadLetterMessage(batch.ports, batch.lane, delivery, problem)) ? "ack" : "nack";

const soonMs = 1_000;

/**
 * Never start early: wait for up to a second, which is finer than a queue's delay, and hide a message that is due
 * later.
 */
const isDueSoon = async (batch: Batch, delivery: Delivery, { dueAt }: Message): Promise<boolean> => {
  const { clock } = batch.ports;
  const early = dueAt === undefined ? 0 : dueAt - clock.now();
  if (early > soonMs) {
    await hide(batch, delivery, clock.now() + early - soonMs);
    return false;
  }
  if (early > 0) await clock.sleep(early);
  return true;
};

const claimAndRun = async (batch: Batch, request: ClaimRequest, turn: BatchTurn): Promise<Disposition> => {
  const result = await claimRun(batch, request);
  switch (result.kind) {
    case "claimed":
      return await executeRun(batch, request, result.run, turn);
    case "ended":
      return await rewriteSkipEntry(batch, result.run);
    case "refused":
      return await refuse(batch, request.delivery, result.reason);
    case "death":
      return await repeatDeath(batch, request);
    case "wait": {
      const { delivery, id, message } = request;
      return await hideUntilAvailable(batch, delivery, {
        id,
        generation: message.generation ?? 1,
        until: result.until,
      });
    }
  }
};

/**
 * Write the ledger entry of a skipped occurrence whose message came back: its worker may have been killed before the
 * ledger.
 */
const rewriteSkipEntry = async ({ ports }: Batch, run: Run | undefined): Promise<Disposition> => {
  if (run === undefined || !wasSkipped(run) || run.schedule === undefined) return "ack";
  const { schedule, endedAt, reason } = run;
  await ports.ledger.record([skippedByWorker(run, schedule, endedAt, reason)]);
  return "ack";
};

/**
 * Repeat the effects of a death when its message comes back, since the worker that decided the death may have been
 * killed before it sent the dead letter. Any other message of that generation is a duplicate and is acknowledged.
 */
const repeatDeath = async ({ ports }: Batch, { id, delivery }: ClaimRequest): Promise<Disposition> => {
  const row = (await ports.runs.read([id])).get(id);
  if (row?.state !== "dead" || row.deathMessageId !== delivery.messageId) return "ack";
  return (await repeatEndEffects(ports, row)) ? "ack" : "nack";
};
