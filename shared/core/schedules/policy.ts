import * as z from "zod";
import { describeValue } from "../describe-value.ts";
import { type Duration, durationMs } from "../duration.ts";
import { DefinitionError } from "../errors.ts";
import { jsonText } from "../json.ts";
import { shardOf } from "../shard.ts";
import { withoutUndefined } from "../without-undefined.ts";
import { catchUps, overlaps, type PolicyOptions, policyOptions } from "./policy-options.ts";

const { catchUpLimit, jitter, minInterval, pauseAfterDeaths } = policyOptions;

/** A policy as schedules are stored. */
export const policySchema = z.object({
  catchUp: z.enum(catchUps),
  catchUpWindowMs: z.int().nonnegative(),
  catchUpLimit: z.int().positive().max(catchUpLimit.max),
  overlap: z.enum(overlaps),
  jitterMs: z.int().nonnegative(),
  pauseAfterDeaths: z.int().positive().max(pauseAfterDeaths.max).optional(),
  minIntervalMs: z.int().positive().optional(),
});

export type SchedulePolicy = z.infer<typeof policySchema>;

/** @throws DefinitionError naming the field that cannot be right. */
export const schedulePolicy = (options: PolicyOptions = {}): SchedulePolicy =>
  withoutUndefined({
    catchUp: choice("catchUp", catchUps, options.catchUp ?? policyOptions.catchUp.default),
    catchUpWindowMs: durationMs(
      options.catchUpWindow ?? policyOptions.catchUpWindow.default,
      "catchUpWindow",
    ),
    catchUpLimit: count("catchUpLimit", options.catchUpLimit ?? catchUpLimit.default),
    overlap: choice("overlap", overlaps, options.overlap ?? policyOptions.overlap.default),
    jitterMs: jitterMsOf(options.jitter),
    pauseAfterDeaths:
      options.pauseAfterDeaths === undefined
        ? undefined
        : count("pauseAfterDeaths", options.pauseAfterDeaths),
    minIntervalMs:
      options.minInterval === undefined
        ? undefined
        : atLeast("minInterval", options.minInterval, minInterval.min),
  });

const choice = <Word extends string>(field: string, words: readonly Word[], word: Word): Word => {
  if (words.includes(word)) return word;
  throw new DefinitionError(field, { expected: `one of ${words.join(", ")}`, got: describeValue(word) });
};

const count = (field: "catchUpLimit" | "pauseAfterDeaths", value: number): number => {
  const { max } = policyOptions[field];
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new DefinitionError(field, {
    expected: `a whole number from 1 to ${max}`,
    got: describeValue(value),
  });
};

/** 0 is none, like absence. */
const jitterMsOf = (given: Duration = "0 seconds"): number => {
  const ms = durationMs(given, "jitter");
  if (ms > durationMs(jitter.max, "jitter")) {
    throw new DefinitionError("jitter", {
      expected: `at most "${jitter.max}"`,
      got: `"${given}"`,
      remedy: "choose a shorter one",
    });
  }
  return ms === 0 ? 0 : atLeast("jitter", given, jitter.min);
};

const atLeast = (field: string, given: Duration, min: Duration): number => {
  const ms = durationMs(given, field);
  if (ms >= durationMs(min, field)) return ms;
  throw new DefinitionError(field, { expected: `at least "${min}"`, got: `"${given}"` });
};

/** Milliseconds that one occurrence starts after it is due: in whole seconds, and the same whenever it is asked. */
export const jitterOf = ({ jitterMs }: SchedulePolicy, schedule: string, instant: number): number =>
  jitterMs < 1_000 ? 0 : shardOf(`${schedule}@${instant}`, Math.floor(jitterMs / 1_000) + 1) * 1_000;

export const isSamePolicy = (a: SchedulePolicy, b: SchedulePolicy): boolean => inOrder(a) === inOrder(b);

const inOrder = (policy: SchedulePolicy): string | undefined => jsonText(Object.entries(policy).sort());
