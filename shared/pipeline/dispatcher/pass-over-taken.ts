import type { Run } from "../../core/runs/run.ts";
import { dispositionOf, isBeingDecided, takenEntry } from "../../core/schedules/former-job.ts";
import type { LedgerEntry } from "../../core/schedules/ledger-entry.ts";
import { occurrenceRunId } from "../../core/schedules/occurrence.ts";
import type { Plan } from "../../core/schedules/plan.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";

interface PlannedSchedule {
  readonly row: ScheduleRow;
  readonly plan: Plan;
  /** The run of each fired instant, in order. */
  readonly runs: readonly Run[];
}

interface WithTaken {
  /** The entries of instants that a run of a former job has taken. */
  readonly taken: readonly LedgerEntry[];
}

/**
 * Remove from plans the instants that a run of a former job has taken: the schedule had that job when the run was
 * claimed. Reads runs only for schedules whose job was changed within the last minutes.
 */
export const passOverTaken = async <One extends PlannedSchedule>(
  { runs, clock }: Pick<Ports, "runs" | "clock">,
  planned: readonly One[],
): Promise<readonly (One & WithTaken)[]> => {
  const ids = planned.flatMap(({ row, plan }) =>
    row.formerJobs === undefined ? [] : plan.fire.flatMap((at) => idsAt(row, at)),
  );
  const there = ids.length === 0 ? new Map<string, Run>() : await readDecided({ runs, clock }, ids);
  const now = clock.now();
  return planned.map((one) =>
    one.row.formerJobs === undefined ? { ...one, taken: [] } : withoutTaken(one, there, now),
  );
};

/** Longer than a worker takes from its claim to the end of its gates, unless the store is slow. */
const decidingMs = 2_000;

/** The runs, read again when workers have just claimed some: whether those run is decided a moment later. */
const readDecided = async (
  { runs, clock }: Pick<Ports, "runs" | "clock">,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Run>> => {
  const there = await runs.read([...new Set(ids)]);
  const undecided = [...there.values()].filter(isBeingDecided).map(({ id }) => id);
  if (undecided.length === 0) return there;
  await clock.sleep(decidingMs);
  return new Map([...there, ...(await runs.read(undecided))]);
};

const idsAt = ({ name, job, formerJobs = [] }: ScheduleRow, at: number): readonly string[] =>
  [job, ...formerJobs.map((former) => former.job)].map((of) => occurrenceRunId(of, name, at));

const withoutTaken = <One extends PlannedSchedule>(
  one: One,
  there: ReadonlyMap<string, Run>,
  now: number,
): One & WithTaken => {
  const { row, plan, runs } = one;
  const decided = plan.fire.map((at, i) => {
    const [own = "", ...formerIds] = idsAt(row, at);
    const former = formerIds.flatMap((id) => there.get(id) ?? []);
    return { at, i, of: dispositionOf(row, { at, former, isMade: there.has(own) }) };
  });
  const fired = decided.filter(({ of }) => of === "fire");
  return {
    ...one,
    plan: {
      ...plan,
      fire: fired.map(({ at }) => at),
      caughtUp: fired.filter(({ i }) => i < plan.caughtUp).length,
    },
    runs: fired.flatMap(({ i }) => runs[i] ?? []),
    taken: decided.flatMap(({ at, of }) => (typeof of === "object" ? [takenEntry(row, at, of, now)] : [])),
  };
};
