import { type Message, readMessage } from "../../core/runs/message.ts";
import type { Run } from "../../core/runs/run.ts";
import { skippedByWorker } from "../../core/schedules/ledger-entry.ts";
import { deadLetterMessage } from "../runs/dead-letters.ts";
import { repeatEndEffects } from "../runs/end-run.ts";
import type { Batch, Delivery, Disposition } from "./batch.ts";
import { type ClaimRequest, claimRun } from "./claim.ts";
import { executeRun } from "./execute-run.ts";
import { hide, hideUntilAvailable } from "./visibility.ts";

/** How a record is worked on. Each step leads to the next or ends the record; none of them throws for another. */
export const processMessage = async (
  batch: Batch,
  delivery: Delivery,
  isAlone: boolean,
): Promise<Disposition> => {
  const read = readMessage(delivery.body, delivery.messageId);
  if ("problem" in read) return await refuse(batch, delivery, read.problem);
  const { message, id } = read;
  if (!batch.claimExclusively(id) && !isAlone) return "again";
  if (!(await isDueSoon(batch, delivery, message))) return "return";
  return await claimAndRun(
    batch,
    { delivery, message, id, job: batch.registry.jobs.get(message.job) },
    isAlone,
  );
};

const refuse = async (batch: Batch, delivery: Delivery, problem: string): Promise<Disposition> =>
  (await deadLetterMessage(batch.ports, batch.lane, delivery, problem)) ? "done" : "return";

const soonMs = 1_000;

/** Never early: wait out the last second, which a queue cannot count, and hide what is further away. */
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

const claimAndRun = async (batch: Batch, applicant: ClaimRequest, isAlone: boolean): Promise<Disposition> => {
  const admission = await claimRun(batch, applicant);
  switch (admission.kind) {
    case "claimed":
      return await executeRun(batch, applicant, admission.run, { isAlone });
    case "over":
      return await rewriteSkipEntry(batch, admission.run);
    case "refused":
      return await refuse(batch, applicant.delivery, admission.reason);
    case "letter":
      return await repeatDeath(batch, applicant);
    case "wait": {
      const { delivery, id, message } = applicant;
      return await hideUntilAvailable(batch, delivery, {
        id,
        generation: message.generation ?? 1,
        until: admission.until,
      });
    }
  }
};

/** The message of an occurrence that was let go came back: its worker may have been killed before the ledger knew. */
const rewriteSkipEntry = async ({ ports }: Batch, run: Run | undefined): Promise<Disposition> => {
  if (run?.state !== "cancelled" || !run.skippedBySchedule || run.schedule === undefined) return "done";
  const { schedule, endedAt, reason } = run;
  await ports.ledger.record([skippedByWorker(run, schedule, endedAt, reason)]);
  return "done";
};

/**
 * A message of the generation that died came back. If it is the one whose worker decided the death, that worker may have
 * been killed before it sent the dead letter. Any other is a duplicate: whoever ended the run sends the dead letter.
 */
const repeatDeath = async ({ ports }: Batch, { id, delivery }: ClaimRequest): Promise<Disposition> => {
  const row = (await ports.runs.read([id])).get(id);
  if (row?.state !== "dead" || row.deathMessageId !== delivery.messageId) return "done";
  return (await repeatEndEffects(ports, row)) ? "done" : "return";
};
