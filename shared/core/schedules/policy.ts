import * as z from "zod";
import { describeValue } from "../describe-value.ts";
import { type Duration, durationMs } from "../duration.ts";
import { DefinitionError } from "../errors.ts";
import { jsonText } from "../json.ts";
import { shardOf } from "../shard.ts";

/** `none` skips them, `latest` runs the newest of them, `all` runs each. Whatever does not run is in the ledger. */
export const catchUps = ["none", "latest", "all"] as const;
export type CatchUp = (typeof catchUps)[number];

/**
 * What an occurrence does that is due while an earlier one has not ended, retries included:
 * `allow` runs it beside the other; `skip` and `cancel-new` let it go, the first as if it had never been due, the second
 * as a cancelled run that counts as one; `buffer-one` lets one wait for its turn and the others go; `cancel-running`
 * cancels the earlier one and runs when that has ended.
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

/** More than this is a range to backfill: it would hold up what is due now. */
const maxCatchUp = 10_000;
/** As much as a flexible window of EventBridge has. Longer, and occurrences of a daily rule pass each other. */
const maxJitterMs = 86_400_000;
/** The ids of the dead stand in one note. */
const maxConsecutiveDeaths = 100;

export const policySchema = z.object({
  catchUp: z.enum(catchUps),
  catchUpWindowMs: z.int().nonnegative(),
  catchUpLimit: z.int().positive().max(maxCatchUp),
  overlap: z.enum(overlaps),
  jitterMs: z.int().nonnegative(),
  pauseAfterDeaths: z.int().positive().max(maxConsecutiveDeaths).optional(),
  minIntervalMs: z.int().positive().optional(),
});

export type SchedulePolicy = z.infer<typeof policySchema>;

/** @throws DefinitionError naming the field that cannot be right. */
export const schedulePolicy = (options: PolicyOptions = {}): SchedulePolicy => ({
  catchUp: oneOf("catchUp", catchUps, options.catchUp ?? "latest"),
  catchUpWindowMs: durationMs(options.catchUpWindow ?? "7 days", "catchUpWindow"),
  catchUpLimit: whole("catchUpLimit", options.catchUpLimit ?? 1_000, maxCatchUp),
  overlap: oneOf("overlap", overlaps, options.overlap ?? "allow"),
  jitterMs: options.jitter === undefined ? 0 : parseJitter(options.jitter),
  ...(options.pauseAfterDeaths !== undefined && {
    pauseAfterDeaths: whole("pauseAfterDeaths", options.pauseAfterDeaths, maxConsecutiveDeaths),
  }),
  ...(options.minInterval !== undefined && {
    minIntervalMs: fromOneSecond("minInterval", options.minInterval),
  }),
});

const oneOf = <Word extends string>(field: string, words: readonly Word[], word: Word): Word => {
  if (words.includes(word)) return word;
  throw new DefinitionError(field, `expected one of ${words.join(", ")}, got ${describeValue(word)}`);
};

const whole = (field: string, count: number, most: number): number => {
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new DefinitionError(field, `expected a whole number from 1 to ${most}, got ${describeValue(count)}`);
};

const parseJitter = (jitter: Duration): number => {
  const ms = durationMs(jitter, "jitter");
  if (ms > maxJitterMs) {
    throw new DefinitionError("jitter", `expected at most "1 day", got "${jitter}"; choose a shorter one`);
  }
  return ms === 0 ? 0 : fromOneSecond("jitter", jitter);
};

const fromOneSecond = (field: string, duration: Duration): number => {
  const ms = durationMs(duration, field);
  if (ms >= 1_000) return ms;
  throw new DefinitionError(field, `expected at least "1 second", got "${duration}"`);
};

/** Milliseconds that one occurrence starts after it is due: in whole seconds, and the same whenever it is asked. */
export const jitterOf = ({ jitterMs }: SchedulePolicy, schedule: string, instant: number): number =>
  jitterMs < 1_000 ? 0 : shardOf(`${schedule}@${instant}`, Math.floor(jitterMs / 1_000) + 1) * 1_000;

export const isSamePolicy = (a: SchedulePolicy, b: SchedulePolicy): boolean => inOrder(a) === inOrder(b);

const inOrder = (policy: SchedulePolicy): string | undefined => jsonText(Object.entries(policy).sort());
