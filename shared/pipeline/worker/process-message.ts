import { type Message, readMessage } from "../../core/runs/message.ts";
import type { Run } from "../../core/runs/run.ts";
import { skippedAtWork } from "../../core/schedules/ledger-entry.ts";
import { buryMessage } from "../runs/dead-letters.ts";
import { repeatEndEffects } from "../runs/end-run.ts";
import type { Batch, Delivery, Fate } from "./batch.ts";
import { type Applicant, admit } from "./claim.ts";
import { executeRun } from "./execute-run.ts";
import { backOff, hide } from "./visibility.ts";

/** How a record is worked on. Each step leads to the next or ends the record; none of them throws for another. */
export const workRecord = async (batch: Batch, delivery: Delivery, isAlone: boolean): Promise<Fate> => {
  const read = readMessage(delivery.body, delivery.messageId);
  if ("problem" in read) return await refuse(batch, delivery, read.problem);
  const { message, id } = read;
  if (!batch.takes(id) && !isAlone) return "again";
  if (!(await isDueSoon(batch, delivery, message))) return "return";
  return await claimAndRun(
    batch,
    { delivery, message, id, job: batch.registry.jobs.get(message.job) },
    isAlone,
  );
};

const refuse = async (batch: Batch, delivery: Delivery, problem: string): Promise<Fate> =>
  (await buryMessage(batch.ports, batch.lane, delivery, problem)) ? "done" : "return";

const soonMs = 1_000;

/** Never early: wait out the last second, which a queue cannot count, and hide what is further away. */
const isDueSoon = async (batch: Batch, delivery: Delivery, { due }: Message): Promise<boolean> => {
  const { clock } = batch.ports;
  const early = due === undefined ? 0 : due - clock.now();
  if (early > soonMs) {
    await hide(batch, delivery, clock.now() + early - soonMs);
    return false;
  }
  if (early > 0) await clock.sleep(early);
  return true;
};

const claimAndRun = async (batch: Batch, applicant: Applicant, isAlone: boolean): Promise<Fate> => {
  const admission = await admit(batch, applicant);
  switch (admission.kind) {
    case "claimed":
      return await executeRun(batch, applicant, admission.run, { isAlone });
    case "over":
      return await tellAgain(batch, admission.run);
    case "refused":
      return await refuse(batch, applicant.delivery, admission.reason);
    case "letter":
      return await repeatDeath(batch, applicant);
    case "wait": {
      const { delivery, id, message } = applicant;
      return await backOff(batch, delivery, { id, gen: message.gen ?? 1, until: admission.until });
    }
  }
};

/** The message of an occurrence that was let go came back: its worker may have been killed before the ledger knew. */
const tellAgain = async ({ ports }: Batch, run: Run | undefined): Promise<Fate> => {
  if (run?.state !== "cancelled" || !run.letGo || run.schedule === undefined) return "done";
  const { schedule, endedAt, reason } = run;
  await ports.ledger.record([skippedAtWork(run, schedule, endedAt, reason)]);
  return "done";
};

/**
 * A message of the generation that died came back. If it is the one whose worker decided the death, that worker may have
 * been killed before it sent the dead letter. Any other is a duplicate: whoever ended the run sends the dead letter.
 */
const repeatDeath = async ({ ports }: Batch, { id, delivery }: Applicant): Promise<Fate> => {
  const row = (await ports.runs.read([id])).get(id);
  if (row?.state !== "dead" || row.deathMessageId !== delivery.messageId) return "done";
  return (await repeatEndEffects(ports, row)) ? "done" : "return";
};
