import type { Rule } from "../../core/rules/rule.ts";
import { ruleOf } from "../../core/rules/stored-rule.ts";
import { newRun } from "../../core/runs/new-run.ts";
import type { Run } from "../../core/runs/run.ts";
import { formerJobsFrom, hasTaken } from "../../core/schedules/former-job.ts";
import type { LedgerEntry, SkippedRange } from "../../core/schedules/ledger-entry.ts";
import { occurrenceKey, occurrenceRunId } from "../../core/schedules/occurrence.ts";
import { resumed } from "../../core/schedules/pause.ts";
import { instants, maxFiresPerPlan, type Plan, plan, possiblyDispatched } from "../../core/schedules/plan.ts";
import { jitterOf } from "../../core/schedules/policy.ts";
import { nextCheckAt, replaceRow, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { unrecordedEntries } from "../../core/schedules/unrecorded.ts";
import { createAndSend } from "../runs/create-and-send.ts";
import { laneFor } from "../schedules/change-row.ts";
import { hasTime, isPaced } from "../time-budget.ts";
import type { Dispatch } from "./context.ts";
import { passOverTaken } from "./pass-over-taken.ts";
import { postponeUnplannable, type Unplannable } from "./postpone-unplannable.ts";

/** An active schedule with its rule. Occurrences that its pause skipped are recorded together with its plan. */
interface ActiveSchedule {
  readonly stored: ScheduleRow;
  readonly row: ScheduleRow;
  readonly rule: Rule;
  readonly skipped: readonly SkippedRange[];
}

interface Planned extends ActiveSchedule {
  /** Instants that the pause skipped but that already had runs, whose dispatcher was killed. */
  readonly dispatchedInPause: readonly number[];
  readonly plan: Plan;
  readonly runs: readonly Run[];
}

export interface Sent {
  readonly occurrences: number;
  readonly latenessMs: number;
  /** Occurrences that were not sent. The next tick sends them. */
  readonly unsent: number;
}

/** Time reserved for carrying out a plan. */
const writingMs = 3_000;

/**
 * Send the occurrences of some schedules, in an order that survives a crash: insert the runs, send them, write the
 * ledger, advance the schedules. If a tick is killed anywhere, the next one plans the same instants, whose runs have
 * the same ids. A schedule with more instants than one plan holds is planned again.
 */
export const dispatchSchedules = async (tick: Dispatch, names: readonly string[]): Promise<Sent> => {
  const { ports } = tick;
  const now = ports.clock.now();
  const page: Page = { ...tick, unplannable: new Map() };
  const active = [...(await ports.schedules.read(names)).values()].flatMap((row) => resumeIfDue(page, row));
  const ran = await findDispatched(page, active);
  // Rules are user code and may be slow. What is not planned in time is left to the next tick.
  const plans = active.flatMap((one) =>
    hasTime(page, writingMs) ? planOne(page, one, { now, ran: ran.get(one.row.name) ?? new Set() }) : [],
  );
  const planned = await passOverTaken(ports, plans);
  const runs = planned.flatMap((one) => one.runs);
  const unsent = await createAndSend(ports, runs, { isPaced: isPaced(page) });
  const whole = planned.filter((one) => one.runs.every(({ id }) => !unsent.has(id)));
  await ports.ledger.record(
    whole.flatMap((one) => [...unrecordedEntries(one.stored, now), ...one.taken, ...toLedger(one, now)]),
  );
  await ports.schedules.change([
    ...whole.map(advance),
    ...postponeUnplannable(page, [...page.unplannable.values()]),
  ]);
  const sent = {
    occurrences: runs.length - unsent.size,
    latenessMs: now - Math.min(now, ...runs.map(({ dueAt }) => dueAt)),
    unsent: unsent.size,
  };
  const unfinished = whole.filter(
    ({ plan: { nextFireAt } }) => nextFireAt !== undefined && nextFireAt <= tick.until,
  );
  if (unfinished.length === 0 || !hasTime(tick)) return sent;
  const more = await dispatchSchedules(
    tick,
    unfinished.map(({ row }) => row.name),
  );
  return {
    occurrences: sent.occurrences + more.occurrences,
    latenessMs: Math.max(sent.latenessMs, more.latenessMs),
    unsent: sent.unsent + more.unsent,
  };
};

/** One page of schedules, while it is planned. */
interface Page extends Dispatch {
  /** The schedules that cannot be planned, by name. */
  readonly unplannable: Map<string, Unplannable>;
}

const resumeIfDue = (page: Page, stored: ScheduleRow): ActiveSchedule[] => {
  const dueAt = nextCheckAt(stored);
  // The index lags behind its table: another invocation has dispatched the schedule, and there is nothing to write.
  if (dueAt === undefined || dueAt > page.until) return [];
  const rule = ruleOf(stored, page.registry);
  if (!rule || !page.registry.jobs.has(stored.job)) {
    // A deployment is in progress or missing. Code that has the rule and the job plans the schedule and catches up.
    page.unplannable.set(stored.name, { row: stored });
    return [];
  }
  const { unplannable, unrecorded, ...rest } = stored;
  const row = { ...rest, lane: laneFor(stored, page.registry) };
  if (row.state === "active") return [{ stored, row, rule, skipped: [] }];
  // Not ahead of time: occurrences that were sent before the pause would run during it.
  if (dueAt > page.now) return [];
  const active = safely(page, stored, () => resumed(row, rule, row.pausedUntil ?? dueAt));
  return active ? [{ stored, rule, ...active }] : [];
};

interface PlanWindow {
  /** When this page is planned. Missed instants count from the start of the tick, so a slow tick makes nothing late. */
  readonly now: number;
  readonly ran: ReadonlySet<number>;
}

const planOne = (tick: Page, active: ActiveSchedule, { now, ran }: PlanWindow): Planned[] => {
  const { stored, row, rule } = active;
  const planned = safely(tick, stored, () => plan(row, rule, { now: tick.now, until: tick.until, ran }));
  const sent = [...ran].filter((at) => at < (row.nextFireAt ?? Number.POSITIVE_INFINITY));
  const runs = planned?.fire.map((at) => runAt(now, row, at)) ?? [];
  return planned
    ? [{ ...active, plan: planned, runs, dispatchedInPause: active.skipped.length > 0 ? sent : [] }]
    : [];
};

const runAt = (now: number, row: ScheduleRow, at: number): Run =>
  newRun({
    job: row.job,
    key: occurrenceKey(row.name, at),
    lane: row.lane,
    input: row.input,
    now,
    schedule: row.name,
    dueAt: at + jitterOf(row.policy, row.name, at),
  });

/** Call a rule, which is user code and may throw. Then its schedule is postponed, and no other is affected. */
const safely = <Answer>(page: Page, stored: ScheduleRow, ask: () => Answer): Answer | undefined => {
  try {
    return ask();
  } catch (error) {
    page.unplannable.set(stored.name, { row: stored, error });
    return undefined;
  }
};

/** Find the instants that a killed dispatcher has sent, by schedule. Reads nothing when no instant was missed. */
const findDispatched = async (
  tick: Page,
  active: readonly ActiveSchedule[],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> => {
  const candidates = active.flatMap((one) => {
    const { job, name, formerJobs = [] } = one.row;
    const at = safely(tick, one.stored, () => possiblyDispatchedIn(one, tick)) ?? [];
    const ofJob = (job: string, isFormer: boolean) =>
      at.map((at) => ({ name, at, isFormer, id: occurrenceRunId(job, name, at) }));
    return [ofJob(job, false), ...formerJobs.map((former) => ofJob(former.job, true))].flat();
  });
  if (candidates.length === 0) return new Map();
  const runs = await tick.ports.runs.read(candidates.map(({ id }) => id));
  const hasRun = ({ id, isFormer }: { readonly id: string; readonly isFormer: boolean }): boolean => {
    const run = runs.get(id);
    return run !== undefined && (!isFormer || hasTaken(run));
  };
  const found = Map.groupBy(candidates.filter(hasRun), ({ name }) => name);
  return new Map([...found].map(([name, all]) => [name, new Set(all.map(({ at }) => at))]));
};

const possiblyDispatchedIn = (
  { stored, row, rule, skipped }: ActiveSchedule,
  tick: Dispatch,
): readonly number[] => [
  ...(skipped.length > 0
    ? instants(rule, stored.nextFireAt, (row.nextFireAt ?? tick.now) - 1, maxFiresPerPlan)
    : []),
  ...possiblyDispatched(row, rule, tick),
];

const toLedger = ({ row, skipped, dispatchedInPause, plan }: Planned, recordedAt: number): LedgerEntry[] => {
  const skips = [...skipped, ...plan.skipped];
  const fired = [...dispatchedInPause, ...plan.fire];
  if (skips.length === 0 && fired.length === 0) return [];
  const at = Math.min(...skips.map(({ from }) => from), ...fired);
  const caughtUp = plan.caughtUp === 0 ? 0 : dispatchedInPause.length + plan.caughtUp;
  const { name: schedule, job, version } = row;
  return [
    { schedule, job, version, at, recordedBy: "dispatcher", recordedAt, fired, caughtUp, skipped: skips },
  ];
};

const advance = ({ stored, row, plan: { nextFireAt, lastFiredAt } }: Planned) => {
  const { nextFireAt: _planned, formerJobs, ...rest } = row;
  return replaceRow(stored, {
    ...rest,
    ...formerJobsFrom(row, nextFireAt),
    ...(nextFireAt !== undefined && { nextFireAt }),
    ...(lastFiredAt !== undefined && { lastFiredAt }),
  });
};
