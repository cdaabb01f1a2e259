import type { Claim } from "../core/runs/admission.ts";
import type { Change } from "../core/runs/change.ts";
import type { Run, Running } from "../core/runs/run.ts";
import type { DueList } from "../core/shard.ts";
import type { DueQuery, Page } from "./pages.ts";

export type Created =
  | { readonly created: true }
  | { readonly created: false; readonly existing: Run }
  /** The row was not written and did not exist, and why. The other rows of the call are not affected. */
  | { readonly created: false; readonly failed: string };
export type Claimed = { readonly run: Running } | { readonly refused: Run | undefined };
export type Changed = { readonly changed: true } | { readonly changed: false; readonly now: Run | undefined };

export interface ListQuery {
  readonly job: string;
  readonly shard: number;
  /** Created at or after `from`, and before `until`. */
  readonly from: number;
  readonly until: number;
  readonly newestFirst?: boolean;
  readonly limit: number;
  readonly after?: string;
}

/** A query for the dead runs of one shard of a job, ordered by fingerprint and then by death. */
export interface DeadQuery {
  readonly job: string;
  readonly shard: number;
  /** Only runs with this fingerprint. */
  readonly fingerprint?: string | undefined;
  /** With `fingerprint`: only runs that died at this instant or later. */
  readonly from?: number | undefined;
  /** Without `fingerprint`: only runs with later fingerprints, in text order. */
  readonly afterFingerprint?: string | undefined;
  readonly newestFirst?: boolean | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
}

export interface DeadEntry {
  readonly id: string;
  /** The same for deaths of one cause: see `fingerprintOf`. */
  readonly fingerprint: string;
  readonly diedAt: number;
}

interface DeadPage {
  readonly entries: readonly DeadEntry[];
  readonly next?: string;
}

/**
 * The rows of all runs, which are the source of truth. Writes are answered in order, and each succeeds or fails alone.
 */
export interface Runs {
  /** Insert rows that do not exist yet. No id twice in one call. */
  create(runs: readonly Run[]): Promise<readonly Created[]>;
  /** Claim runs, if the condition of a claim holds (see `admits`). No id twice in one call. */
  claim(claims: readonly Claim[]): Promise<readonly Claimed[]>;
  change(changes: readonly Change[]): Promise<readonly Changed[]>;
  /** Consistent. A row past its TTL is absent. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Run>>;
  list(query: ListQuery): Promise<Page>;
  due(list: DueList, query: DueQuery): Promise<Page>;
  /** Read from an index: an entry's run may no longer be dead, and a run that has just died may be missing. */
  dead(query: DeadQuery): Promise<DeadPage>;
}
