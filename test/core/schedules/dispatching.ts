import type { Rule } from "../../../shared/core/rules/rule.ts";
import { type LedgerEntry, ledgerPlace } from "../../../shared/core/schedules/ledger-entry.ts";
import {
  instants,
  nextInstant,
  type Plan,
  type Plannable,
  plan,
  possiblyDispatched,
} from "../../../shared/core/schedules/plan.ts";
import type { SchedulePolicy } from "../../../shared/core/schedules/policy.ts";
import { now } from "../runs/any-run.ts";

/** What dispatchers do with one schedule, without the outside: for tests of any sequence of ticks. */

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const lookAhead = 2 * minute;

/** Due at these instants and no others. */
export const on = (...instants: readonly number[]): Rule => ({
  text: "on",
  next: (after) => {
    const next = instants.find((instant) => instant > after.getTime());
    return next === undefined ? undefined : new Date(next);
  },
});

export interface Tick {
  /** How far its clock has moved since the tick before. */
  readonly ms: number;
  /** How many plans it has time for. */
  readonly rounds: number;
  /**
   * `killed`: after it sent what its last plan runs, before it recorded anything. `stale`: it read so many ticks ago what
   * it writes now, so that its advance is refused.
   */
  readonly ending: "whole" | "killed" | { readonly stale: number };
}

export interface Dispatched {
  readonly row: Plannable;
  /** Instants that have a run. */
  readonly runs: ReadonlySet<number>;
  readonly plans: readonly (Plan & { readonly now: number })[];
  readonly ledger: ReadonlyMap<string, LedgerEntry>;
}

const firstOf = (rule: Rule): number | undefined => nextInstant(rule, now - 1);

/** The instants that a rule has in a range, both ends included, in the row that begins with the first of them all. */
export const dueIn = (rule: Rule, from: number, to: number): readonly number[] =>
  instants(rule, firstOf(rule), to, Number.POSITIVE_INFINITY).filter((at) => at >= from);

export const recordedBy = (
  rule: Rule,
  { fire, skipped }: Pick<Plan, "fire" | "skipped">,
): readonly number[] =>
  [...fire, ...skipped.flatMap(({ from, to }) => dueIn(rule, from, to))].sort((a, b) => a - b);

const toEntry = ({ fire, caughtUp, skipped }: Plan, recordedAt: number): LedgerEntry => ({
  schedule: "s",
  at: Math.min(...fire, ...skipped.map(({ from }) => from)),
  recordedBy: "dispatcher",
  recordedAt,
  fired: [...fire],
  caughtUp,
  skipped: [...skipped],
});

/** Lives through some ticks, as `dispatchSchedules` does: runs first, then the ledger, then the advance. */
export const live = (rule: Rule, policy: SchedulePolicy, ticks: readonly Tick[]): Dispatched => {
  let row: Plannable = { policy, nextFireAt: firstOf(rule) };
  let time = now;
  const runs = new Set<number>();
  const plans: (Plan & { readonly now: number })[] = [];
  const ledger = new Map<string, LedgerEntry>();
  const pasts: { readonly row: Plannable; readonly runs: ReadonlySet<number> }[] = [];

  const planOne = (seen: (typeof pasts)[number], isTold: boolean): Plan => {
    const ran = new Set(
      possiblyDispatched(seen.row, rule, { now: time, until: time + lookAhead }).filter((at) =>
        seen.runs.has(at),
      ),
    );
    const planned = plan(seen.row, rule, { now: time, until: time + lookAhead, ran });
    for (const at of planned.fire) runs.add(at);
    if (!isTold) return planned;
    plans.push({ ...planned, now: time });
    const entry = toEntry(planned, time);
    if (Number.isFinite(entry.at)) ledger.set(ledgerPlace(entry), entry);
    return planned;
  };

  for (const { ms, rounds, ending } of ticks) {
    time += ms;
    pasts.push({ row, runs: new Set(runs) });
    if (typeof ending === "object") {
      planOne(pasts.at(-1 - ending.stale) ?? { row, runs }, true);
      continue;
    }
    for (let round = 1; round <= rounds; round++) {
      const isKilled = ending === "killed" && round === rounds;
      const { nextFireAt, lastFiredAt } = planOne({ row, runs }, !isKilled);
      if (isKilled) break;
      row = { policy, nextFireAt, lastFiredAt };
      if (nextFireAt === undefined || nextFireAt > time + lookAhead) break;
    }
  }
  return { row, runs, plans, ledger };
};
