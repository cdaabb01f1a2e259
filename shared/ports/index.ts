import type { Log } from "../core/jobs/job.ts";
import type { Redact } from "../core/redact.ts";
import type { Attempts } from "./attempts.ts";
import type { Clock, ServerTime } from "./clock.ts";
import type { FanOut } from "./fan-out.ts";
import type { JobNames } from "./job-names.ts";
import type { Ledger } from "./ledger.ts";
import type { Metrics } from "./metrics.ts";
import type { Notes } from "./notes.ts";
import type { Payloads } from "./payloads.ts";
import type { Queue } from "./queue.ts";
import type { Random } from "./random.ts";
import type { Runs } from "./runs.ts";
import type { Schedules } from "./schedules.ts";
import type { Watermarks } from "./watermarks.ts";

export type { AttemptEntry, Attempts } from "./attempts.ts";
export type { Clock, ServerTime } from "./clock.ts";
export type { FanOut } from "./fan-out.ts";
export type { JobNames } from "./job-names.ts";
export type { Ledger, LedgerQuery } from "./ledger.ts";
export type { LaneCounts, Metrics } from "./metrics.ts";
export type { NoteKind, Notes } from "./notes.ts";
export type { DueQuery, Page } from "./pages.ts";
export type { PayloadPart, Payloads } from "./payloads.ts";
export type { DeadLetter, LaneDepth, OutgoingMessage, Queue, TextAttributes } from "./queue.ts";
export type { Random } from "./random.ts";
export type { Changed, Claimed, Created, DeadEntry, DeadQuery, ListQuery, Runs } from "./runs.ts";
export type { Schedules } from "./schedules.ts";
export type { Watermarks } from "./watermarks.ts";

/** The pipeline's interface to the outside world. Every implementation passes one contract suite. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly queue: Queue;
  readonly runs: Runs;
  readonly payloads: Payloads;
  readonly attempts: Attempts;
  readonly schedules: Schedules;
  readonly ledger: Ledger;
  readonly notes: Notes;
  readonly watermarks: Watermarks;
  readonly jobNames: JobNames;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly serverTime: ServerTime;
  /** Replaces secrets in stored errors. Absent: only text that looks like a secret is replaced. */
  readonly redact?: Redact | undefined;
  /** Absent where a tick cannot invoke the dispatcher again. */
  readonly fanOut?: FanOut;
}
