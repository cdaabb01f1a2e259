import { instants, plan } from "../../schedules/plan.ts";
import { jitterOf, type SchedulePolicy } from "../../schedules/policy.ts";
import type { Rule } from "../rule.ts";
import { type ClockMark, marksOf } from "./clock-notes.ts";
import { type LocalTime, localClock } from "./local-time.ts";

/** A schedule as far as it decides about its occurrences. */
export interface Behaviour {
  readonly name: string;
  readonly policy: SchedulePolicy;
}

/** One coming occurrence. */
export interface Fire extends LocalTime {
  readonly at: string;
  readonly clock?: ClockMark;
  /** When the jitter of its schedule has it start, and what the wall shows then. */
  readonly starts?: { readonly at: string; readonly local: string };
  /** Left out by the limit on how often its schedule may fire. */
  readonly isTooSoon?: true;
  readonly notes: readonly string[];
}

interface Shown {
  readonly first: number;
  readonly count: number;
  /** Whose clocks show it. */
  readonly zone: string;
  readonly schedule?: Behaviour | undefined;
}

/** The occurrences of a rule from one on that is due. */
export const firesOf = (rule: Rule, { first, count, zone, schedule }: Shown): readonly Fire[] => {
  const due = instants(rule, first, Number.POSITIVE_INFINITY, count);
  const read = localClock(zone);
  const marksAt = marksOf(rule);
  const treat = schedule ? treatmentOf(rule, due, schedule) : (): Treatment => ({});
  return due.map((at) => {
    const marks = marksAt(at);
    const [mark] = marks;
    const { startsAt, isTooSoon } = treat(at);
    return {
      at: iso(at),
      ...read(at),
      ...(mark && { clock: mark.clock }),
      ...(startsAt !== undefined && { starts: { at: iso(startsAt), local: read(startsAt).local } }),
      ...(isTooSoon && { isTooSoon }),
      notes: [...new Set(marks.map(({ note }) => note)), ...(isTooSoon ? ["too soon: skipped"] : [])],
    };
  });
};

const iso = (ms: number): string => new Date(ms).toISOString();

/** What a schedule's policy makes of an occurrence. */
interface Treatment {
  readonly startsAt?: number;
  readonly isTooSoon?: true;
}

/** Which of them are too soon is the dispatcher's own answer, were they all in one plan. */
const treatmentOf = (
  rule: Rule,
  due: readonly number[],
  { name, policy }: Behaviour,
): ((at: number) => Treatment) => {
  const [now, until] = [Math.min(...due), Math.max(...due)];
  const runs = new Set(plan({ nextFireAt: now, policy }, rule, { now, until }).fire);
  return (at) => {
    if (!runs.has(at)) return { isTooSoon: true };
    return policy.jitterMs > 0 ? { startsAt: at + jitterOf(policy, name, at) } : {};
  };
};
