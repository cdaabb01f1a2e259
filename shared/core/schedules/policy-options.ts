import type { Duration } from "../duration.ts";

/** `none` skips them, `latest` runs the newest of them, `all` runs each. Whatever does not run is in the ledger. */
export const catchUps = ["none", "latest", "all"] as const;
export type CatchUp = (typeof catchUps)[number];

/**
 * What an occurrence does that is due while an earlier one has not ended, retries included:
 * `allow` runs it beside the other. `skip` skips it, and `cancel-new` records it as a cancelled run. `buffer-one` lets one
 * wait for its turn, and skips the others. `cancel-running` cancels the earlier one, and runs it when that has ended.
 */
export const overlaps = ["allow", "skip", "buffer-one", "cancel-running", "cancel-new"] as const;
export type Overlap = (typeof overlaps)[number];

/** What a schedule does when time does not run as planned. */
export interface PolicyOptions {
  /** What becomes of occurrences missed while the pipeline was down. Default `"latest"`. */
  readonly catchUp?: CatchUp;
  /** Missed occurrences older than this are skipped, whatever `catchUp` says. Default `"7 days"`. */
  readonly catchUpWindow?: Duration;
  /** With `catchUp: "all"`, the newest this many are run and the rest are skipped. At most 10,000, default 1,000. */
  readonly catchUpLimit?: number;
  readonly overlap?: Overlap;
  /**
   * Each occurrence starts up to this much later than it is due, always by the same amount: a storm of schedules that
   * are due on the hour is spread, and a repeated tick changes nothing. At most `"1 day"`, default none.
   */
  readonly jitter?: Duration;
  /** Pause the schedule when this many of its runs in a row have died, at most 100. Default never. */
  readonly pauseAfterDeaths?: number;
  /** Skip what is due sooner than this after the occurrence before. Default: no limit. */
  readonly minInterval?: Duration;
}

/** One option of the table below. */
export type PolicyOption = {
  /** What it means, in a few words: for the help of the command line and the table in docs/schedules.md. */
  readonly help: string;
} & (
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly default: string }
  | {
      readonly kind: "duration";
      readonly default?: Duration;
      readonly min?: Duration;
      readonly max?: Duration;
    }
  /** A whole number from 1. */
  | { readonly kind: "count"; readonly default?: number; readonly max: number }
);

/**
 * Every option of a schedule's policy. The fields of the operations, the flags of the command line and the table in
 * docs/schedules.md derive from it. What users read in their editor is beside `PolicyOptions`.
 */
export const policyOptions = {
  catchUp: { kind: "choice", choices: catchUps, default: "latest", help: "missed occurrences" },
  catchUpWindow: { kind: "duration", default: "7 days", help: "how far back to catch up" },
  /** More than the maximum is a range to backfill: it would hold up what is due now. */
  catchUpLimit: { kind: "count", default: 1_000, max: 10_000, help: "with all: maximum, newest first" },
  overlap: {
    kind: "choice",
    choices: overlaps,
    default: "allow",
    help: "while an earlier occurrence has not ended",
  },
  /** At most as much as a flexible window of EventBridge. Longer, and occurrences of a daily rule pass each other. */
  jitter: { kind: "duration", min: "1 second", max: "1 day", help: "random delay, up to this long" },
  /** One note holds the ids of the dead. */
  pauseAfterDeaths: { kind: "count", max: 100, help: "pause after this many consecutive deaths" },
  minInterval: { kind: "duration", min: "1 second", help: "minimum time between occurrences" },
} as const satisfies Readonly<Record<keyof PolicyOptions, PolicyOption>>;

export type PolicyOptionName = keyof typeof policyOptions;

/** The options in their order, with what all kinds have in common. */
export const policyOptionList: readonly (PolicyOption & { readonly name: PolicyOptionName })[] =
  Object.entries<PolicyOption>(policyOptions).map(([name, option]) => ({
    // A cast, because Object.entries has lost the names of the table's fields.
    name: name as PolicyOptionName,
    ...option,
  }));
