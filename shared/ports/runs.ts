import type { Claim } from "../core/runs/admission.ts";
import type { Change } from "../core/runs/change.ts";
import type { Run, Running } from "../core/runs/run.ts";
import type { DueList } from "../core/shard.ts";
import type { DueQuery, Page } from "./pages.ts";

export type Created =
  | { readonly created: true }
  | { readonly created: false; readonly existing: Run }
  /** Neither written nor there already, and why. The other rows of the call stand. */
  | { readonly created: false; readonly failed: string };
export type Claimed = { readonly run: Running } | { readonly refused: Run | undefined };
export type Changed = { readonly changed: true } | { readonly changed: false; readonly now: Run | undefined };

export interface ListQuery {
  readonly job: string;
  readonly shard: number;
  /** Created at or after, and before. */
  readonly from: number;
  readonly until: number;
  readonly newestFirst?: boolean;
  readonly limit: number;
  readonly after?: string;
}

/** Dead runs of one shard of a job, in the order of their fingerprints and then of their deaths. */
export interface DeadQuery {
  readonly job: string;
  readonly shard: number;
  /** Only runs with this fingerprint. */
  readonly fingerprint?: string | undefined;
  /** With `fingerprint`: only those that died at this instant or later. */
  readonly from?: number | undefined;
  /** Without `fingerprint`: only runs with later fingerprints, in the order of texts. */
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

/** The truth about every run. Each list of writes answers in order; each write stands or falls alone. */
export interface Runs {
  /** Insert rows that do not exist yet. No id twice in one call. */
  create(runs: readonly Run[]): Promise<readonly Created[]>;
  /** Claims each run its message may have (see `admits`). No id twice in one call. */
  claim(claims: readonly Claim[]): Promise<readonly Claimed[]>;
  change(changes: readonly Change[]): Promise<readonly Changed[]>;
  /** Consistent. A row past its TTL is absent. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Run>>;
  list(query: ListQuery): Promise<Page>;
  due(list: DueList, query: DueQuery): Promise<Page>;
  /** From an index, so what it names may have left by now, and what has just died may be missing. */
  dead(query: DeadQuery): Promise<DeadPage>;
}
