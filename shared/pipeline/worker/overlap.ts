import type { Verdict } from "../../core/runs/decide.ts";
import { isTerminal, type Run, type Running } from "../../core/runs/run.ts";
import { type LedgerEntry, skippedByWorker } from "../../core/schedules/ledger-entry.ts";
import { instantOf } from "../../core/schedules/occurrence.ts";
import { isStillWaiting, nextTurnCheckAt } from "../../core/schedules/overlap.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";
import { cancelRun } from "../runs/cancel.ts";
import { sendRuns } from "../runs/send-runs.ts";
import { emptySlot, isOverdue, sendNow } from "../schedules/wake-buffered.ts";

/** An occurrence that does not run now, and the ledger entry of one that is skipped. */
interface OverlapResult {
  readonly verdict: Verdict;
  readonly ledgerEntry?: LedgerEntry;
}

/**
 * Decide whether an occurrence may run beside an earlier one that has not ended, retries included. This is decided at
 * the claim: two minutes ahead it cannot be known. A note of the schedule names the occurrence that runs. The note need
 * not be deleted, since the row of that run says whether it has ended. Redriven runs bypass the overlap check.
 * @returns undefined when the occurrence may run, else its verdict
 */
export const acquireOverlapSlot = async (
  ports: Ports,
  run: Running,
  row: ScheduleRow,
): Promise<OverlapResult | undefined> => {
  const isRedriven = run.generation > 1;
  if (row.policy.overlap === "allow" || isRedriven) return undefined;
  const holder = await ports.notes.read(row.name, "running");
  if (holder === run.id) return await releaseBufferSlot(ports, run, row);
  const unfinished = holder === undefined ? undefined : await unfinishedRun(ports, holder);
  if (unfinished) return await resolveOverlap(ports, run, row, unfinished);
  const first = await bufferedBefore(ports, run, row);
  if (first) {
    await sendNow(ports, first);
    return deferUntil(nextTurnCheckAt({ run, holder: first, now: ports.clock.now() }));
  }
  const isTaken = await ports.notes.swap(row.name, "running", holder, run.id);
  return isTaken ? await releaseBufferSlot(ports, run, row) : deferUntil(ports.clock.now() + 1_000);
};

/**
 * The run with an id, unless it has ended. If its message is late it is sent again, because other occurrences wait for
 * it.
 */
const unfinishedRun = async (ports: Ports, id: string): Promise<Run | undefined> => {
  const run = (await ports.runs.read([id])).get(id);
  if (!run || isTerminal(run.state)) return undefined;
  if (isOverdue(run, ports.clock.now())) await sendRuns(ports, [run], { isPaced: false });
  return run;
};

/** The buffered occurrence, if it is another than `run`: that one runs first. */
const bufferedBefore = async (
  ports: Ports,
  run: Running,
  { name, policy }: ScheduleRow,
): Promise<Run | undefined> => {
  if (policy.overlap !== "buffer-one") return undefined;
  const buffered = await bufferedRun(ports, await ports.notes.read(name, "buffered"));
  return buffered?.id === run.id ? undefined : buffered;
};

const bufferedRun = async (ports: Ports, id = emptySlot): Promise<Run | undefined> => {
  if (id === emptySlot) return undefined;
  const run = await unfinishedRun(ports, id);
  return run && isStillWaiting(run, ports.clock.now()) ? run : undefined;
};

const deferUntil = (at: number): OverlapResult => ({ verdict: { kind: "deferred", at } });

const resolveOverlap = async (
  ports: Ports,
  run: Running,
  row: ScheduleRow,
  holder: Run,
): Promise<OverlapResult> => {
  switch (row.policy.overlap) {
    case "buffer-one":
      return (await takeBufferSlot(ports, { run, row, holder }))
        ? deferUntil(nextTurnCheckAt({ run, holder, now: ports.clock.now() }))
        : skipForOverlap(ports, run, row, "another occurrence is already waiting");
    case "cancel-running":
      if (isLater(holder, run, row))
        return skipForOverlap(ports, run, row, `the later ${holder.id} is already running`);
      await cancelRun(ports, holder.id, { reason: `overlap: ${run.id} is due`, by: "overlap" });
      return deferUntil(ports.clock.now() + 1_000);
    default:
      return skipForOverlap(ports, run, row, `${holder.id} has not ended`);
  }
};

/** Whether `holder` is the later occurrence: an outage or a killed worker may change the order of their messages. */
const isLater = (holder: Run, run: Running, { name }: ScheduleRow): boolean =>
  instantOf(holder, name) > instantOf(run, name);

/**
 * End an occurrence for overlap. The ledger records it as skipped, except under `cancel-new`: there it counts as fired,
 * its cancelled run is its record, and a backfill does not run it.
 */
const skipForOverlap = (
  { clock }: Ports,
  run: Running,
  { name, policy }: ScheduleRow,
  why: string,
): OverlapResult => {
  const reason = `overlap: ${why}`;
  const verdict = { kind: "cancelled", reason } as const;
  return policy.overlap === "cancel-new"
    ? { verdict }
    : { verdict, ledgerEntry: skippedByWorker(run, name, clock.now(), reason) };
};

interface Waiter {
  readonly run: Running;
  readonly row: ScheduleRow;
  readonly holder: Run;
}

/**
 * Take the one buffer slot. An occurrence that waits in it keeps it; the holder of the overlap slot no longer waits.
 */
const takeBufferSlot = async (ports: Ports, { run, row: { name }, holder }: Waiter): Promise<boolean> => {
  const buffered = await ports.notes.read(name, "buffered");
  if (buffered === run.id) return true;
  if (buffered !== holder.id && (await bufferedRun(ports, buffered))) return false;
  return await ports.notes.swap(name, "buffered", buffered, run.id);
};

/**
 * Release the buffer slot of an occurrence that now runs. Every claim does this, since a worker may be killed before
 * it.
 */
const releaseBufferSlot = async (
  { notes }: Ports,
  run: Running,
  { name, policy }: ScheduleRow,
): Promise<undefined> => {
  if (policy.overlap !== "buffer-one") return;
  if ((await notes.read(name, "buffered")) === run.id) await notes.swap(name, "buffered", run.id, emptySlot);
};
