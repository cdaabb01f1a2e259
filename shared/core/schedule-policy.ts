import { z } from "zod";
import { type Duration, durationMs } from "./duration.ts";
import { DefinitionError } from "./errors.ts";
import { type Json, jsonText } from "./json.ts";
import { shardOf } from "./shard.ts";

/** `none` skips them, `latest` runs the newest of them, `all` runs each. Whatever does not run is in the ledger. */
export const catchUps = ["none", "latest", "all"] as const;
export type CatchUp = (typeof catchUps)[number];

/**
 * What an occurrence does that is due while an earlier one has not ended, retries included:
 * `allow` runs it beside the other; `skip` and `cancel-new` let it go, the first as if it had never been due, the second
 * as a cancelled run that counts as one; `queue-one` lets one wait for its turn and the others go; `cancel-running`
 * cancels the earlier one and runs when that has ended.
 */
export const overlaps = ["allow", "skip", "queue-one", "cancel-running", "cancel-new"] as const;
export type Overlap = (typeof overlaps)[number];

/** How a schedule may be told to behave when time does not run as planned. */
export interface PolicyOptions {
  /** What becomes of occurrences missed while the pipeline stood still. Default `"latest"`. */
  readonly catchUp?: CatchUp;
  /** Missed occurrences older than this are skipped, whatever `catchUp` says. Default `"7 days"`. */
  readonly catchUpWithin?: Duration;
  /** With `catchUp: "all"`, the newest this many are run and the rest are skipped. Default 1,000. */
  readonly catchUpMost?: number;
  readonly overlap?: Overlap;
  /**
   * Each occurrence starts up to this much later than it is due, always by the same amount: a storm of schedules that
   * are due on the hour is spread, and a repeated tick changes nothing. Default none.
   */
  readonly jitter?: Duration;
  /** Pause the schedule when this many of its runs in a row have died. Default never. */
  readonly pauseAfter?: number;
  /** Skip what is due sooner than this after the occurrence before. Default: no limit. */
  readonly atMostEvery?: Duration;
}

export const policySchema = z.object({
  catchUp: z.enum(catchUps),
  catchUpWithinMs: z.int().nonnegative(),
  catchUpMost: z.int().positive(),
  overlap: z.enum(overlaps),
  jitterMs: z.int().nonnegative(),
  pauseAfter: z.int().positive().optional(),
  atMostEveryMs: z.int().positive().optional(),
});

export type SchedulePolicy = z.infer<typeof policySchema>;

/** @throws DefinitionError naming the field that cannot be right. */
export const schedulePolicy = (options: PolicyOptions = {}): SchedulePolicy => ({
  catchUp: oneOf("catchUp", catchUps, options.catchUp ?? "latest"),
  catchUpWithinMs: durationMs(options.catchUpWithin ?? "7 days", "catchUpWithin"),
  catchUpMost: wholeFrom1("catchUpMost", options.catchUpMost ?? 1_000),
  overlap: oneOf("overlap", overlaps, options.overlap ?? "allow"),
  jitterMs: options.jitter === undefined ? 0 : durationMs(options.jitter, "jitter"),
  ...(options.pauseAfter !== undefined && { pauseAfter: wholeFrom1("pauseAfter", options.pauseAfter) }),
  ...(options.atMostEvery !== undefined && { atMostEveryMs: durationMs(options.atMostEvery, "atMostEvery") }),
});

const oneOf = <Word extends string>(field: string, words: readonly Word[], came: Word): Word => {
  if (words.includes(came)) return came;
  throw new DefinitionError(field, `expected one of ${words.join(", ")}, got ${JSON.stringify(came)}`);
};

const wholeFrom1 = (field: string, came: number): number => {
  if (Number.isInteger(came) && came >= 1) return came;
  throw new DefinitionError(field, `expected a whole number from 1, got ${came}`);
};

/** Milliseconds that one occurrence starts after it is due: in whole seconds, and the same whenever it is asked. */
export const jitterOf = ({ jitterMs }: SchedulePolicy, schedule: string, instant: number): number =>
  jitterMs < 1_000 ? 0 : shardOf(`${schedule}@${instant}`, Math.floor(jitterMs / 1_000) + 1) * 1_000;

export const isSamePolicy = (a: SchedulePolicy, b: SchedulePolicy): boolean => inOrder(a) === inOrder(b);

const inOrder = (policy: SchedulePolicy): string | undefined =>
  jsonText(Object.entries(policy).sort() as Json);
