import * as z from "zod";
import { jsonHash } from "../json.ts";
import type { Run } from "../runs/run.ts";
import { instantOf } from "./occurrence.ts";

const instant = z.int();

/** Neighbouring instants that were skipped for one reason. */
const skipSchema = z.object({
  from: instant,
  to: instant,
  /** Of a pause of more than 10,000 instants, that many. */
  count: z.int().positive(),
  reason: z.string(),
});
export type SkippedRange = z.infer<typeof skipSchema>;

/** The outcome of some instants of a schedule. */
export const ledgerEntrySchema = z.object({
  schedule: z.string(),
  /** The job of its runs: an edit may give the schedule another. */
  job: z.string().optional(),
  /** The version of the schedule that was planned. Of two jobs that an instant was planned for, the later version's counts. */
  version: z.int().positive().optional(),
  /** By a worker: the generation of its run. By an operator: that of the run that was made, which overrides lower ones. */
  generation: z.int().positive().optional(),
  /** The first instant that the entry covers. */
  at: instant,
  /** A worker knows what the dispatcher could not: worker entries take precedence. */
  recordedBy: z.enum(["dispatcher", "worker", "operator"]),
  recordedAt: instant,
  /** Instants that became runs. */
  fired: z.array(instant),
  /** How many of them were missed and caught up. They are the oldest. */
  caughtUp: z.int().nonnegative(),
  skipped: z.array(skipSchema),
});

export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/** Ledger rows are kept as long as the runs they name. */
export const ledgerRetentionMs = 30 * 86_400_000;

/**
 * An entry's place in its schedule's ledger, in the order of time. An entry never replaces another one: a dispatcher
 * that is late, and knows less than the one that overtook it, writes beside it. Two dispatchers may write in the same
 * millisecond, so the place ends in a hash of what the entry says. The same entry, written again, keeps its place.
 */
export const ledgerPlace = (entry: LedgerEntry): string =>
  [
    new Date(entry.at).toISOString(),
    entry.recordedBy,
    new Date(entry.recordedAt).toISOString(),
    jsonHash(JSON.stringify(entry)).slice(0, 8),
  ].join("#");

/** A worker's entry for one instant that was due and did not run. */
export const skippedByWorker = (
  run: Pick<Run, "id" | "dueAt" | "job" | "generation">,
  schedule: string,
  recordedAt: number,
  reason: string,
): LedgerEntry => {
  const at = instantOf(run, schedule);
  return {
    schedule,
    job: run.job,
    generation: run.generation,
    at,
    recordedBy: "worker",
    recordedAt,
    fired: [],
    caughtUp: 0,
    skipped: [{ from: at, to: at, count: 1, reason }],
  };
};
