import { durationText } from "../../duration.ts";
import { instants, misfireAfterMs, type Plannable, plan } from "../../schedules/plan.ts";
import type { SchedulePolicy } from "../../schedules/policy.ts";
import type { Overlap, PolicyOptionName } from "../../schedules/policy-options.ts";
import type { CronRule } from "../cron/cron-rule.ts";
import type { DstPolicy } from "../cron/dst.ts";
import { partLine } from "../cron/part.ts";
import type { Rule } from "../rule.ts";
import { keepsRhythm } from "./clock-effects.ts";
import type { LocalTime } from "./local-time.ts";

/** One option of a schedule, and its effect. */
export interface PolicyEffect {
  /** The option of `schedule` or `cron` that says so, or would. */
  readonly about: "dst.gap" | "dst.overlap" | PolicyOptionName;
  readonly effect: string;
}

/** What the parts of a rule that are read on a wall do when the clocks change: in one word, if it is one. */
export const dstEffects = (rules: readonly CronRule[]): readonly PolicyEffect[] => [
  ...effectsOf(rules, "dst.gap", (rule) => (keepsRhythm(rule) ? rhythmText : gapText[rule.dst.gap])),
  ...effectsOf(rules, "dst.overlap", ({ dst }) => clockOverlapText[dst.overlap]),
];

const effectsOf = (
  rules: readonly CronRule[],
  about: PolicyEffect["about"],
  describeEffect: (rule: CronRule) => string,
): readonly PolicyEffect[] => {
  const effects = [...new Set(rules.map(describeEffect))];
  return effects.map((effect) => {
    const parts = rules.filter((rule) => describeEffect(rule) === effect).map(partLine);
    return { about, effect: effects.length === 1 ? effect : `${parts.join(", ")}: ${effect}` };
  });
};

const rhythmText = "A time that the clocks jump over does not exist: the interval continues in real time.";

const gapText: Readonly<Record<DstPolicy["gap"], string>> = {
  "run-after-gap": "A time that the clocks jump over runs at the first instant after the gap, once.",
  skip: "A time that the clocks jump over does not run that day.",
};

const clockOverlapText: Readonly<Record<DstPolicy["overlap"], string>> = {
  first: "A time that the clocks show twice runs the first time.",
  second: "A time that the clocks show twice runs the second time.",
  both: "A time that the clocks show twice runs both times.",
};

interface Context {
  readonly rule: Rule;
  readonly first: number;
  readonly read: (ms: number) => LocalTime;
}

export const policyEffects = (policy: SchedulePolicy, context: Context): readonly PolicyEffect[] => {
  const { jitterMs, pauseAfterDeaths, minIntervalMs } = policy;
  return [
    { about: "catchUp", effect: `${describeCatchUp(policy)} ${missedExample(policy, context)}` },
    { about: "overlap", effect: overlapText[policy.overlap] },
    ...(jitterMs > 0 ? [{ about: "jitter", effect: describeJitter(jitterMs) } as const] : []),
    ...(pauseAfterDeaths === undefined
      ? []
      : [{ about: "pauseAfterDeaths", effect: describePause(pauseAfterDeaths) } as const]),
    ...(minIntervalMs === undefined
      ? []
      : [{ about: "minInterval", effect: describeMinInterval(minIntervalMs) } as const]),
  ];
};

const describeCatchUp = ({ catchUp, catchUpWindowMs, catchUpLimit }: SchedulePolicy): string => {
  const within = `not older than ${durationText(catchUpWindowMs)}`;
  return {
    none: `What is missed by more than ${durationText(misfireAfterMs)} is skipped.`,
    latest: `Of what is missed, the latest occurrence runs if it is ${within}.`,
    all: `Of what is missed, the latest ${catchUpLimit} occurrences ${within} run.`,
  }[catchUp];
};

const maxMissed = 3;

/** The dispatcher's own plans for the case that the next few are missed. */
const missedExample = (policy: SchedulePolicy, { rule, first, read }: Context): string => {
  const missed = instants(rule, first, Number.POSITIVE_INFINITY, maxMissed);
  const now = Math.max(...missed) + misfireAfterMs + 1;
  const runs = caughtUp({ nextFireAt: first, policy }, rule, now);
  const text = (at: number): string => `${read(at).weekday} ${read(at).local.replace(/:00$/, "")}`;
  return `Were ${missed.map(text).join(" and ")} missed, ${outcome(missed, runs.map(text))}.`;
};

/** A first plan skips what is too old; a second one runs the rest. */
const caughtUp = (row: Plannable, rule: Rule, now: number): readonly number[] => {
  const planned = plan(row, rule, { now, until: now });
  const runs = planned.fire.slice(0, planned.caughtUp);
  const hasMore = planned.nextFireAt !== undefined && planned.nextFireAt < now - misfireAfterMs;
  return hasMore ? [...runs, ...caughtUp({ ...row, ...planned }, rule, now)] : runs;
};

const outcome = (missed: readonly number[], runs: readonly string[]): string => {
  if (missed.length === 1) return runs.length === 1 ? "it would run" : "it would not run";
  if (runs.length === 0) return "none of them would run";
  return runs.length === missed.length ? "all of them would run" : `only ${runs.join(" and ")} would run`;
};

const overlapText: Readonly<Record<Overlap, string>> = {
  allow: "While an earlier run has not ended, an occurrence runs beside it.",
  skip: "While an earlier run has not ended, retries included, occurrences are skipped.",
  "buffer-one":
    "While an earlier run has not ended, retries included, one occurrence waits for its turn; others are skipped.",
  "cancel-running": "An occurrence cancels the earlier run if it has not ended, and runs when it has.",
  "cancel-new": "While an earlier run has not ended, retries included, occurrences become cancelled runs.",
};

const describeJitter = (ms: number): string =>
  `Each occurrence starts up to ${durationText(ms)} after it is due, always by the same amount.`;

const describePause = (runs: number): string =>
  runs === 1
    ? "The schedule pauses when a run of it has died, until it is resumed."
    : `The schedule pauses when ${runs} runs of it in a row have died, until it is resumed.`;

const describeMinInterval = (ms: number): string =>
  `What is due less than ${durationText(ms)} after the occurrence before is skipped.`;
