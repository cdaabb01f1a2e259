import { checkInput } from "../core/input.ts";
import { jsonHash } from "../core/json.ts";
import { nextInstant, type ScheduleRow } from "../core/occurrence.ts";
import { ruleLine } from "../core/rule.ts";
import type { Registry } from "../core/registry.ts";
import type { Schedule } from "../core/schedule.ts";
import type { Ports } from "../ports.ts";

export interface Reconciled {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Make the stored schedules what the code says, once per deploy: a dispatcher does it at its cold start. Schedules
 * that an operator made are not touched. Doing it twice, or two at a time, changes nothing more.
 * @throws InvalidInputError when a schedule's input is not what its job takes.
 */
export const reconcile = async (
  { clock, schedules }: Pick<Ports, "clock" | "schedules">,
  registry: Registry,
): Promise<Reconciled> => {
  const now = clock.now();
  const wanted = await Promise.all([...registry.schedules.values()].map((schedule) => toRow(schedule, now)));
  const stored = new Map((await schedules.all()).map((row) => [row.name, row]));
  const missing = wanted.filter(({ name }) => !stored.has(name));
  const changed = wanted.flatMap((row) => updated(row, stored.get(row.name)));
  const removed = [...stored.values()].flatMap((row) =>
    registry.schedules.has(row.name) ? [] : tombstone(row),
  );
  await schedules.create(missing);
  await schedules.change([...changed, ...removed]);
  await schedules.addJobNames([...registry.jobs.keys()]);
  return {
    created: names(missing),
    changed: names(changed.map(({ row }) => row)),
    removed: names(removed.map(({ row }) => row)),
  };
};

const names = (rows: readonly ScheduleRow[]): readonly string[] => rows.map(({ name }) => name);

const toRow = async ({ name, rule, job, input, catchUp }: Schedule, now: number): Promise<ScheduleRow> => {
  const text = await checkInput(job, input);
  const nextAt = nextInstant(rule, now - 1);
  return {
    ...{ name, version: 1, source: "code", state: "active", job: job.name, rule: ruleLine(rule), catchUp },
    inputHash: jsonHash(text),
    ...(text !== undefined && { input: text }),
    ...(nextAt !== undefined && { nextAt }),
  };
};

/** An edit keeps what was planned, and starts from now when the rule is another. */
const updated = (wanted: ScheduleRow, stored: ScheduleRow | undefined) => {
  if (!stored || isSame(wanted, stored)) return [];
  const isSameRule = stored.rule === wanted.rule && stored.state !== "deleted";
  const { nextAt: fresh, ...rest } = wanted;
  const nextAt = isSameRule ? stored.nextAt : fresh;
  const row = { ...rest, version: stored.version + 1, ...(nextAt !== undefined && { nextAt }) };
  return [{ row, when: { version: stored.version, nextAt: stored.nextAt } }];
};

const isSame = (wanted: ScheduleRow, stored: ScheduleRow): boolean =>
  stored.state !== "deleted" &&
  stored.rule === wanted.rule &&
  stored.job === wanted.job &&
  stored.inputHash === wanted.inputHash &&
  stored.catchUp === wanted.catchUp;

const tombstone = (stored: ScheduleRow) => {
  if (stored.source !== "code" || stored.state === "deleted") return [];
  const { nextAt, ...rest } = stored;
  return [
    {
      row: { ...rest, state: "deleted" as const, version: stored.version + 1 },
      when: { version: stored.version, nextAt },
    },
  ];
};
