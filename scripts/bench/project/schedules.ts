import { every, type Rule, type Schedule, schedule } from "../../../shared/index.ts";
import { noop, note } from "./jobs.ts";

const minuteMs = 60_000;

/** Schedules with one occurrence a minute each, spread evenly over the seconds. */
export const eachMinute = (count: number): readonly Schedule[] =>
  named(count, (i) => every("1 minute", { anchor: new Date(Math.floor((i * minuteMs) / count)) }));

/** Schedules that are all due at `instant`, and again an hour later. */
export const togetherAt = (count: number, instant: number): readonly Schedule[] =>
  named(count, () => every("1 hour", { anchor: new Date(instant) }));

const named = (count: number, ruleOf: (i: number) => Rule): readonly Schedule[] =>
  Array.from({ length: count }, (_, i) => schedule(ruleOf(i), noop, { note }, { name: `bench-${i}` }));
