import { instantOf, type ScheduleRow } from "../core/occurrence.ts";
import { hasEnded, type Run, type Running } from "../core/run.ts";
import type { Ports } from "../ports.ts";
import { cancelRun } from "./cancel.ts";
import { sendRuns } from "./send-runs.ts";
import { letGo, type Stop } from "./stop.ts";

/**
 * Whether an occurrence may run beside an earlier one that has not ended, retries included. Decided when it is claimed:
 * two minutes ahead nobody can know. The occurrence that runs is named in a note of its schedule; it need not be taken
 * away, since the named run says itself whether it has ended. What an operator redrives asks nobody.
 * @returns undefined when the occurrence may run, else what becomes of it
 */
export const takeTurn = async (ports: Ports, run: Running, row: ScheduleRow): Promise<Stop | undefined> => {
  const isRedriven = run.gen > 1;
  if (row.policy.overlap === "allow" || isRedriven) return undefined;
  const holder = await ports.schedules.note(row.name, "running");
  if (holder === run.id) return undefined;
  const living = holder === undefined ? undefined : await livingRun(ports, holder);
  if (living) return await yieldTo(ports, run, row, living);
  if (await isOvertaking(ports, run, row)) return later(ports, 1_000);
  if (!(await ports.schedules.swapNote(row.name, "running", holder, run.id))) return later(ports, 1_000);
  await leaveQueue(ports, run, row);
  return undefined;
};

/** A note cannot be taken away: this is what an empty place says. */
const nobody = "";

/** So long after anybody might have claimed it, a run's worker was killed and its message is far. */
const overdueMs = 30_000;

/** Unless it has ended. One that nobody comes back for gets a message of its own: the others wait for it. */
const livingRun = async (ports: Ports, id: string): Promise<Run | undefined> => {
  const run = (await ports.runs.read([id])).get(id);
  if (!run || hasEnded(run.state)) return undefined;
  if (isOverdue(ports, run)) await sendRuns(ports, [run], { isPatient: false });
  return run;
};

const isOverdue = ({ clock }: Ports, { free }: Run): boolean => free + overdueMs < clock.now();

/** One that waits looks every few seconds, unless its worker was killed: then it has lost its place. */
const isComing = async (ports: Ports, id = nobody): Promise<boolean> => {
  if (id === nobody) return false;
  const run = await livingRun(ports, id);
  return run !== undefined && !isOverdue(ports, run);
};

const pollMs = 5_000;

const later = ({ clock }: Ports, ms = pollMs): Stop => ({
  verdict: { kind: "deferred", at: clock.now() + ms },
});

/** One that waits comes back every few seconds, and the turn is its own. */
const isOvertaking = async (ports: Ports, run: Running, { name, policy }: ScheduleRow): Promise<boolean> => {
  if (policy.overlap !== "queue-one") return false;
  const waiting = await ports.schedules.note(name, "waiting");
  return waiting !== run.id && (await isComing(ports, waiting));
};

const yieldTo = async (ports: Ports, run: Running, row: ScheduleRow, holder: Run): Promise<Stop> => {
  switch (row.policy.overlap) {
    case "queue-one":
      return (await queueUp(ports, run, row))
        ? later(ports)
        : giveWay(ports, run, row, "another occurrence waits already");
    case "cancel-running":
      if (isLater(holder, run, row))
        return giveWay(ports, run, row, `${holder.id} is later and runs already`);
      await cancelRun(ports, holder.id, { reason: `overlap: ${run.id} is due`, by: "overlap" });
      return later(ports, 1_000);
    case "cancel-new":
      return { verdict: { kind: "cancelled", reason: `overlap: ${holder.id} has not ended` } };
    default:
      return giveWay(ports, run, row, `${holder.id} has not ended`);
  }
};

/** An outage or a killed worker may bring occurrences back in another order. */
const isLater = (holder: Run, run: Running, { name }: ScheduleRow): boolean =>
  instantOf(holder, name) > instantOf(run, name);

const giveWay = ({ clock }: Ports, run: Running, { name }: ScheduleRow, why: string): Stop =>
  letGo(run, name, clock.now(), `overlap: ${why}`);

/** There is one place in the queue. */
const queueUp = async (ports: Ports, run: Running, { name }: ScheduleRow): Promise<boolean> => {
  const waiting = await ports.schedules.note(name, "waiting");
  if (waiting === run.id) return true;
  if (await isComing(ports, waiting)) return false;
  return await ports.schedules.swapNote(name, "waiting", waiting, run.id);
};

const leaveQueue = async (
  { schedules }: Ports,
  run: Running,
  { name, policy }: ScheduleRow,
): Promise<void> => {
  if (policy.overlap !== "queue-one") return;
  if ((await schedules.note(name, "waiting")) === run.id)
    await schedules.swapNote(name, "waiting", run.id, nobody);
};
