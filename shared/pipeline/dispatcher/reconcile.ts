import * as z from "zod";
import type { Registry } from "../../core/jobs/registry.ts";
import type { ScheduleChange, ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { withFirstRule } from "../../core/schedules/unrecorded.ts";
import type { Ports, Schedules } from "../../ports/index.ts";
import { recordUnrecorded } from "../schedules/record-unrecorded.ts";
import { isGone, isSame, removal, toRow, updateFromCode } from "./code-schedules.ts";

export interface Reconciled {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Those of the created that are never due: the last time of their rule is over. */
  readonly over: readonly string[];
}

export type ReconcilePorts = Pick<
  Ports,
  "clock" | "log" | "schedules" | "ledger" | "notes" | "jobNames" | "runs"
>;

/**
 * Make the stored schedules what the code says, once per deploy: a dispatcher does it at its cold start. Schedules
 * that an operator made are not touched, and a pause stays a pause. Doing it twice, or two at a time, changes nothing
 * more. One that cannot be reconciled keeps back no other.
 * @throws AggregateError of InvalidInputError when a schedule's input is not what its job takes, of DefinitionError when
 * its name is an operator's, of whatever its rule throws.
 */
export const reconcile = async (ports: ReconcilePorts, registry: Registry): Promise<Reconciled> => {
  const { clock, schedules, jobNames } = ports;
  const now = clock.now();
  const problems: unknown[] = [];
  const known = await namesOfCode(ports, registry);
  const stored = await schedules.read(known);
  const wanted: ScheduleRow[] = [];
  const redefined: ScheduleChange[] = [];
  for (const schedule of registry.schedules.values()) {
    try {
      const row = await toRow(schedule, now);
      const change = await updateFromCode(ports, row, stored.get(row.name), registry);
      wanted.push(row);
      redefined.push(...change);
    } catch (problem) {
      problems.push(problem);
    }
  }
  const missing = wanted.filter(({ name }) => !stored.has(name)).map(withFirstRule);
  const removed = [...stored.values()].filter((row) => isGone(row, registry));
  redefined.push(...(await Promise.all(removed.map((row) => removal(ports, row, registry)))));
  const created = await schedules.create(missing);
  const changed = await schedules.change(redefined);
  const changedRows = redefined.filter((_, i) => changed[i]).map(({ row }) => row);
  await recordUnrecorded(ports, [...missing.filter((_, i) => created[i]), ...changedRows]);
  const written = [...created, ...changed];
  if (written.includes(false) && !(await isReconciled({ schedules, wanted, removed, registry, at: now })))
    problems.push(new Error("schedules changed while they were reconciled: the next tick does it again"));
  await jobNames.ensure([...registry.jobs.keys()]);
  if (problems.length > 0) throw new AggregateError(problems, problems.map(String).join("; "));
  return {
    created: missing.map(({ name }) => name),
    changed: redefined.filter(({ row }) => row.state !== "deleted").map(({ row }) => row.name),
    removed: removed.map(({ name }) => name),
    over: missing.flatMap(({ name, nextFireAt }) => (nextFireAt === undefined ? [name] : [])),
  };
};

interface ReconcileTarget {
  readonly schedules: Schedules;
  readonly registry: Registry;
  readonly wanted: readonly ScheduleRow[];
  readonly removed: readonly ScheduleRow[];
  readonly at: number;
}

/** What was refused was perhaps written all the same: by us, the reply being lost, or by a twin. What is stored counts. */
const isReconciled = async ({
  schedules,
  registry,
  wanted,
  removed,
  at,
}: ReconcileTarget): Promise<boolean> => {
  const gone = removed.map(({ name }) => name);
  const stored = await schedules.read([...wanted.map(({ name }) => name), ...gone]);
  const isWritten = (row: ScheduleRow): boolean => {
    const now = stored.get(row.name);
    return now !== undefined && isSame(row, now, registry, at);
  };
  return wanted.every(isWritten) && gone.every((name) => stored.get(name)?.state === "deleted");
};

/** What the names are filed under: no schedule is called so. */
const code = "jobs/schedules.ts";

/**
 * The names that the code has or had: what it no longer has must be taken away, and a million schedules made at run
 * time must not be read for it. A name is filed before its row is written.
 */
const namesOfCode = async ({ notes }: ReconcilePorts, registry: Registry): Promise<readonly string[]> => {
  const note = await notes.read(code, "code-schedule-names");
  const known: readonly string[] = note === undefined ? [] : z.array(z.string()).parse(JSON.parse(note));
  const all = [...new Set([...known, ...registry.schedules.keys()])];
  if (
    all.length > known.length &&
    !(await notes.swap(code, "code-schedule-names", note, JSON.stringify(all)))
  ) {
    throw new Error("another dispatcher reconciles: the next tick does it again");
  }
  return all;
};
