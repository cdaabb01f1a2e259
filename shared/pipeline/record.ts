import { type Message, parseMessage } from "../core/message.ts";
import { skippedAtWork } from "../core/occurrence.ts";
import type { Run } from "../core/run.ts";
import { type Applicant, admit, idOf } from "./admit.ts";
import type { Batch, Delivery, Fate } from "./batch.ts";
import { buryMessage, buryRun } from "./letters.ts";
import { backOff, hide } from "./putting-off.ts";
import { runClaimed } from "./run-claimed.ts";

/** How a record is worked on. Each step leads to the next or ends the record; none of them throws for another. */
export const workRecord = async (batch: Batch, delivery: Delivery, isAlone: boolean): Promise<Fate> => {
  const parsed = parseMessage(delivery.body);
  if ("problem" in parsed) return await refuse(batch, delivery, parsed.problem);
  const { message } = parsed;
  const id = idOf(message, delivery);
  if (!id.startsWith(`${message.job}:`)) {
    return await refuse(batch, delivery, `id: expected "${message.job}:…", got "${id}"`);
  }
  if (!batch.takes(id) && !isAlone) return "again";
  if (!(await isDueSoon(batch, delivery, message))) return "return";
  return await claimAndRun(
    batch,
    { delivery, message, id, job: batch.registry.jobs.get(message.job) },
    isAlone,
  );
};

const refuse = async (batch: Batch, { body }: Delivery, problem: string): Promise<Fate> =>
  (await buryMessage(batch.ports, batch.lane, body, problem)) ? "done" : "return";

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
      batch.began();
      return await runClaimed(batch, applicant, admission.run, isAlone);
    case "over":
      return await tellAgain(batch, admission.run);
    case "refused":
      return await refuse(batch, applicant.delivery, admission.reason);
    case "letter":
      return await buryAgain(batch, applicant.id);
    case "wait":
      return await backOff(batch, applicant.delivery, applicant.id, admission.until);
  }
};

/** The message of an occurrence that was let go came back: its worker may have been killed before the ledger knew. */
const tellAgain = async ({ ports }: Batch, run: Run | undefined): Promise<Fate> => {
  if (run?.state !== "cancelled" || !run.letGo || run.schedule === undefined) return "done";
  const { schedule, endedAt, reason } = run;
  await ports.schedules.record([skippedAtWork(run, schedule, endedAt, reason)]);
  return "done";
};

/** The message of a dead run came back: its worker may have been killed before the letter was sent. */
const buryAgain = async (batch: Batch, id: string): Promise<Fate> => {
  const row = (await batch.ports.runs.read([id])).get(id);
  if (row?.state !== "dead") return "done";
  return (await buryRun(batch.ports, row, row)) ? "done" : "return";
};
