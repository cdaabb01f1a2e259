import type { Log } from "./core/jobs/job.ts";
import type { LaneName } from "./core/lane.ts";
import type { Redact } from "./core/redact.ts";
import type { Claim } from "./core/runs/admission.ts";
import type { AttemptRecord } from "./core/runs/attempt-record.ts";
import type { Change } from "./core/runs/change.ts";
import type { Run, Running } from "./core/runs/run.ts";
import type { LedgerEntry } from "./core/schedules/ledger-entry.ts";
import type { ScheduleChange, ScheduleRow } from "./core/schedules/schedule-row.ts";
import type { DueList } from "./core/shard.ts";

/** All that the pipeline asks of the outside. Every implementation passes one contract suite. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly queue: Queue;
  readonly runs: Runs;
  readonly schedules: Schedules;
  readonly payloads: Payloads;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly serverTime: ServerTime;
  readonly attempts: Attempts;
  /** Replaces secrets in what is kept of errors. Absent: what looks like one is replaced. */
  readonly redact?: Redact | undefined;
  /** Absent where a tick has no others to ask. */
  readonly spread?: Spread;
}

/** Hand shards of the due index to further invocations of the dispatcher. Answers whether somebody took them. */
export type Spread = (shards: readonly number[]) => Promise<boolean>;

/**
 * Now, by the clock of the service that stores the rows: milliseconds since 1970, exact to two seconds. Those who make
 * changes by hand go by it, since their machines' clocks may be wrong.
 */
export type ServerTime = () => Promise<number>;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** From 0 up to, not including, 1. */
  unit(): number;
  /** A new ULID of the instant `now`. */
  id(now: number): string;
}

export interface OutgoingMessage {
  readonly lane: LaneName;
  readonly body: string;
  /** Whole seconds, 0 to 900. */
  readonly delaySeconds: number;
  readonly tenant?: string | undefined;
  /** On a dead letter: why. It travels beside the body, which may be anything. */
  readonly reason?: string | undefined;
  readonly attributes?: TextAttributes | undefined;
}

/** What senders write beside a message's body, such as `traceparent`: those attributes that are texts. At most nine. */
export type TextAttributes = Readonly<Record<string, string>>;

export interface Letter {
  readonly body: string;
  /** Absent when SQS itself put the letter there. */
  readonly reason?: string;
  readonly receipt: string;
  readonly messageId: string;
  /** When the queue got it, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly attributes?: TextAttributes;
}

export interface LaneDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly dead: number;
}

/** The lanes and their dead-letter queues. Receiving from a lane is not here: the event source mapping does that. */
export interface Queue {
  /** For each message, in order: undefined when the queue has it, else why not. */
  send(messages: readonly OutgoingMessage[]): Promise<readonly (string | undefined)[]>;
  /** The same, to the lanes' dead-letter queues. */
  bury(letters: readonly OutgoingMessage[]): Promise<readonly (string | undefined)[]>;
  /** Hide a received message for whole seconds, 1 to 43,200, from now. */
  hide(lane: LaneName, receipt: string, seconds: number): Promise<void>;
  depth(lane: LaneName): Promise<LaneDepth>;
  /** Up to ten dead letters, hidden from other readers for so many seconds. */
  letters(lane: LaneName, hiddenSeconds: number): Promise<readonly Letter[]>;
  discard(lane: LaneName, letter: Letter): Promise<void>;
}

export type Created =
  | { readonly created: true }
  | { readonly created: false; readonly existing: Run }
  /** Neither written nor there already, and why. The other rows of the call stand. */
  | { readonly created: false; readonly failed: string };
export type Claimed = { readonly run: Running } | { readonly refused: Run | undefined };
export type Changed = { readonly changed: true } | { readonly changed: false; readonly now: Run | undefined };

export interface Page {
  readonly ids: readonly string[];
  readonly next?: string;
}

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

export interface DueQuery {
  readonly shard: number;
  /** Due at or before. There is no lower bound: an entry leaves only by its own write. */
  readonly until: number;
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

/**
 * Inputs and results that are too large for a run's row. A part is named after what cannot be forged: an input after
 * its hash, a result after the token of the attempt, so that nobody overwrites what another's row speaks of.
 */
export type PayloadPart = `input#${string}` | `result#${string}`;

export interface Payloads {
  save(runId: string, part: PayloadPart, text: string, ttl: number): Promise<void>;
  load(runId: string, part: PayloadPart): Promise<string | undefined>;
}

/** An attempt of a run, and until when it is kept. */
export interface AttemptEntry {
  readonly runId: string;
  readonly record: AttemptRecord;
  /** In seconds since 1970. */
  readonly ttl: number;
}

/** What became of attempts that failed or may be lost. */
export interface Attempts {
  /** Keep entries. Another of the same run and claim replaces the one before; no claim of a run twice in one call. */
  record(entries: readonly AttemptEntry[]): Promise<void>;
  /** Those of one run, in the order of their claims. Consistent. One past its TTL is absent. */
  list(runId: string): Promise<readonly AttemptRecord[]>;
}

export interface LedgerQuery {
  readonly from?: number;
  readonly until?: number;
  readonly limit: number;
}

/** Which occurrence runs, which one waits for its turn, which ones died in a row; and all names the code ever had. */
export type NoteKind = "running" | "waiting" | "streak" | "names";

export interface Schedules {
  /** Names of schedules whose next look is due. */
  due(lane: LaneName, query: DueQuery): Promise<Page>;
  /** Consistent. */
  read(names: readonly string[]): Promise<ReadonlyMap<string, ScheduleRow>>;
  /** Every schedule there is, for an operator's eyes. */
  all(): Promise<readonly ScheduleRow[]>;
  /** Insert, unless the name is taken. */
  create(rows: readonly ScheduleRow[]): Promise<readonly boolean[]>;
  /** Replace a row if its version is still the one named. */
  change(changes: readonly ScheduleChange[]): Promise<readonly boolean[]>;
  record(entries: readonly LedgerEntry[]): Promise<void>;
  /** Entries whose first instant lies within, newest first. */
  ledger(name: string, query: LedgerQuery): Promise<readonly LedgerEntry[]>;
  /** A small fact about a schedule that its occurrences share. Consistent. */
  note(name: string, kind: NoteKind): Promise<string | undefined>;
  /** Write a note if it still says what the writer has read. */
  swapNote(name: string, kind: NoteKind, from: string | undefined, to: string): Promise<boolean>;
  /** A mark that only ever grows: how far a recurring piece of work has come. Answers where it stands now. */
  mark(name: string, to: number): Promise<number>;
  marks(): Promise<ReadonlyMap<string, number>>;
  /** Every job name that was ever deployed or enqueued, so that runs of any job are looked after. */
  jobNames(): Promise<readonly string[]>;
  /** Costs nothing for names that this instance has added before: whoever writes a run adds its job's name first. */
  addJobNames(names: readonly string[]): Promise<void>;
}

/** What one execution environment counted in one minute. */
export interface LaneCounts {
  readonly claimed: number;
  readonly succeeded: number;
  readonly retried: number;
  readonly dead: number;
  readonly deferred: number;
  readonly crashed: number;
  /** Milliseconds from due to start, summed over claims. */
  readonly waitMs: number;
  /** Milliseconds of handlers, summed over ended attempts. */
  readonly workMs: number;
}

export interface Metrics {
  /** Keep a cumulative snapshot: the same minute and environment again replaces it. */
  save(minute: number, lane: LaneName, counts: LaneCounts): Promise<void>;
  /** All environments together. */
  read(minute: number): Promise<ReadonlyMap<LaneName, LaneCounts>>;
}
