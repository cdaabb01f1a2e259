import { messageFor } from "../core/message.ts";
import { delaySeconds, newRun, runId } from "../core/new-run.ts";
import {
  type LedgerEntry,
  occurrenceKey,
  type Plan,
  plan,
  type ScheduleRow,
  suspectsOf,
} from "../core/occurrence.ts";
import type { Run } from "../core/run.ts";
import type { OutgoingMessage } from "../ports.ts";
import type { Dispatch } from "./dispatch.ts";
import { inputTtl } from "./enqueue.ts";
import { standing } from "./standing.ts";

interface Planned {
  readonly row: ScheduleRow;
  readonly plan: Plan;
  readonly runs: readonly Run[];
}

/**
 * Send the occurrences of some schedules, in the order that survives a crash: insert the runs, send them, write the
 * ledger, advance. Killed anywhere, the next tick plans the same instants, whose runs have the same names.
 */
export const dispatchSchedules = async (
  tick: Dispatch,
  names: readonly string[],
): Promise<{ readonly occurrences: number; readonly latenessMs: number }> => {
  const { ports, now } = tick;
  const rows = await ports.schedules.read(names);
  const ran = await alreadyRan(tick, [...rows.values()]);
  const planned = [...rows.values()].flatMap((row) => planRow(tick, row, ran));
  const runs = planned.flatMap((one) => one.runs);
  const unsent = await createAndSend(tick, runs);
  const whole = planned.filter((one) => one.runs.every(({ id }) => !unsent.has(id)));
  await ports.schedules.record(whole.flatMap((one) => toLedger(one, now)));
  await advance(tick, whole);
  const oldest = Math.min(now, ...runs.map(({ due }) => due));
  return { occurrences: runs.length - unsent.size, latenessMs: now - oldest };
};

const planRow = (tick: Dispatch, row: ScheduleRow, ran: Ran): Planned[] => {
  const job = tick.registry.jobs.get(row.job);
  const rule = tick.registry.schedules.get(row.name)?.rule;
  if (row.state !== "active" || !rule || !job)
    return [{ row, plan: { fire: [], nextAt: undefined }, runs: [] }];
  const planned = safely(tick, row, () =>
    plan(row, rule, { now: tick.now, until: tick.until, ran: ran.get(row.name) ?? new Set() }),
  );
  if (!planned) return [];
  const runs = planned.fire.map((due) =>
    newRun({
      ...{ job: row.job, key: occurrenceKey(row.name, due), lane: job.lane, input: row.input, due },
      ...{ now: tick.now, schedule: row.name },
    }),
  );
  return [{ row, plan: planned, runs }];
};

/** A rule of the user's own may throw; its schedule waits then, and no other does. */
const safely = <Answer>({ ports }: Dispatch, row: ScheduleRow, ask: () => Answer): Answer | undefined => {
  try {
    return ask();
  } catch (error) {
    ports.log.error("schedule not planned: its rule threw", { schedule: row.name, problem: String(error) });
    return undefined;
  }
};

type Ran = ReadonlyMap<string, ReadonlySet<number>>;

/** After an outage, what a killed dispatcher sent is told from what nobody sent. Nothing is read when none was missed. */
const alreadyRan = async (tick: Dispatch, rows: readonly ScheduleRow[]): Promise<Ran> => {
  const suspects = rows.flatMap((row) => {
    const rule = tick.registry.schedules.get(row.name)?.rule;
    const instants = (rule && safely(tick, row, () => suspectsOf(row, rule, tick.now))) ?? [];
    return instants.map((at) => ({ name: row.name, at, id: runId(row.job, occurrenceKey(row.name, at)) }));
  });
  if (suspects.length === 0) return new Map();
  const runs = await tick.ports.runs.read(suspects.map(({ id }) => id));
  const found = suspects.filter(({ id }) => runs.has(id));
  return new Map(
    rows.map(({ name }) => [name, new Set(found.filter((one) => one.name === name).map(({ at }) => at))]),
  );
};

/** Ids of the runs whose message no queue has. */
const createAndSend = async (tick: Dispatch, runs: readonly Run[]): Promise<ReadonlySet<string>> => {
  const { ports } = tick;
  if (runs.length === 0) return new Set();
  await Promise.all(runs.map((run) => saveInput(tick, run)));
  const created = await ports.runs.create(runs);
  const rows = runs.map((run, i) => ({ run, row: standing(run, created[i]) }));
  const waiting = rows.flatMap(({ run, row }) =>
    !(row instanceof Error) && row.state === "queued" ? [run] : [],
  );
  const problems = await ports.queue.send(waiting.map((run) => toMessage(run, tick.now)));
  const unsent = [
    ...rows.flatMap(({ run, row }) => (row instanceof Error ? [run] : [])),
    ...waiting.filter((_, i) => problems[i] !== undefined),
  ];
  if (unsent.length > 0) ports.log.warn("occurrences not sent: the next tick will", { count: unsent.length });
  return new Set(unsent.map(({ id }) => id));
};

const saveInput = async ({ ports, registry }: Dispatch, run: Run): Promise<void> => {
  const input = run.schedule === undefined ? undefined : registry.schedules.get(run.schedule)?.input;
  if (run.inputStored) await ports.payloads.save(run.id, "input", JSON.stringify(input), inputTtl(run.due));
};

const toMessage = (run: Run, now: number): OutgoingMessage => ({
  lane: run.lane,
  body: messageFor(run, now),
  delaySeconds: delaySeconds(run.due, now),
});

const toLedger = ({ row, plan: { fire, skipped } }: Planned, plannedAt: number): LedgerEntry[] => {
  const at = skipped?.from ?? fire[0];
  return at === undefined
    ? []
    : [{ schedule: row.name, at, plannedAt, fired: [...fire], ...(skipped && { skipped }) }];
};

const advance = async ({ ports }: Dispatch, planned: readonly Planned[]): Promise<void> => {
  await ports.schedules.change(
    planned.map(({ row, plan: { nextAt } }) => {
      const { nextAt: before, ...rest } = row;
      return {
        row: { ...rest, ...(nextAt !== undefined && { nextAt }) },
        when: { version: row.version, nextAt: before },
      };
    }),
  );
};
