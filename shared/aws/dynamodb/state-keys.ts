import type { LaneName } from "../../core/lane.ts";
import { type LedgerEntry, ledgerPlace } from "../../core/schedules/ledger-entry.ts";
import { shardOf } from "../../core/shard.ts";
import type { NoteKind, PayloadPart } from "../../ports/index.ts";

/**
 * A key in the state table. Schedules, ledgers and payloads have a partition each. Small or rarely written items share
 * one.
 */
export interface StateKey {
  readonly pk: string;
  readonly sk: string;
}

export const scheduleKey = (name: string): StateKey => ({ pk: `S#${name}`, sk: "def" });

/**
 * The key in the list of all schedule names, which avoids a scan. Names only: rows change too often for one partition.
 */
export const scheduleNameKey = (name: string): StateKey => ({ pk: schedulesPartition, sk: name });
export const schedulesPartition = "SCHEDULES";

export const ledgerKey = (entry: LedgerEntry): StateKey => ({
  pk: `S#${entry.schedule}`,
  sk: `L#${ledgerPlace(entry)}`,
});

/** The key before every entry that begins at an instant or later. Instants in ISO format sort by time. */
export const ledgerFrom = (at: number): string => `L#${new Date(at).toISOString()}`;

/** The key after every entry that begins before an instant, or after every entry if there is none. */
export const ledgerUntil = (at: number | undefined): string =>
  at === undefined ? "L#~" : `${ledgerFrom(at - 1)}~`;

export const noteKey = (schedule: string, kind: NoteKind): StateKey => ({
  pk: `S#${schedule}`,
  sk: `N#${kind}`,
});

export const payloadKey = (runId: string, part: PayloadPart): StateKey => ({
  pk: `P#${runId}`,
  sk: part,
});

/** The key of an attempt. Keys sort by claim, since no run is claimed a million times. */
export const attemptKey = (runId: string, claim: number): StateKey => ({
  pk: attemptsPartition(runId),
  sk: `A#${String(claim).padStart(6, "0")}`,
});
export const attemptsPartition = (runId: string): string => `R#${runId}`;

export const markKey = (name: string): StateKey => ({ pk: marksPartition, sk: name });
export const marksPartition = "MARKS";

export const jobNameKey = (name: string): StateKey => ({ pk: jobsPartition, sk: name });
export const jobsPartition = "JOBS";

/** In a busy minute every execution environment writes once per batch, which is more than one partition can take. */
export const metricsShards = 4;

export const metricsPartition = (minute: number, shard: number): string => `M#${minute}#${shard}`;

export const metricsKey = (minute: number, lane: LaneName, environmentId: string): StateKey => ({
  pk: metricsPartition(minute, shardOf(environmentId, metricsShards)),
  sk: `${lane}#${environmentId}`,
});
