import { type Message, readMessage } from "../../core/runs/message.ts";
import type { Run } from "../../core/runs/run.ts";
import { deadLetterMessage } from "../runs/dead-letters.ts";
import { repeatEndOfMessage } from "../runs/end-run.ts";
import { type Batch, type Delivery, type Disposition, readSchedule } from "./batch.ts";
import { type ClaimRequest, claimRun } from "./claim.ts";
import { type BatchTurn, executeRun } from "./execute-run.ts";
import { hide, hideUntilAvailable, returnAfterError } from "./visibility.ts";

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
      return await repeatEnd(batch, request, { row: result.run, effects: turn.endEffects });
    case "refused":
      return await refuse(batch, request.delivery, result.reason);
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

interface Ended {
  /** The row as it is now. */
  readonly row: Run | undefined;
  readonly effects: BatchTurn["endEffects"];
}

/** Finish a message whose run has ended. The worker that ended it may have been killed before the effects. */
const repeatEnd = async (
  batch: Batch,
  { delivery, message }: ClaimRequest,
  { row, effects }: Ended,
): Promise<Disposition> => {
  const isDone = await repeatEndOfMessage(batch.ports, row, {
    messageId: delivery.messageId,
    generation: message.generation ?? 1,
    effects,
    schedule: () => readSchedule(batch, row),
  });
  return isDone ? "ack" : await returnAfterError(batch, delivery);
};
