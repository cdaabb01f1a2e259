import { DefinitionError, NotFoundError } from "../../core/errors.ts";
import { type LedgerEntry, replace, ruleOf, type ScheduleRow, type Skip } from "../../core/occurrence.ts";
import type { Registry } from "../../core/registry.ts";
import type { Rule } from "../../core/rule.ts";
import type { Ports } from "../../ports.ts";

/** What the verbs about schedules work with. */
export interface ScheduleDesk {
  readonly ports: Ports;
  readonly registry: Registry;
}

/** @throws NotFoundError when there is none, or none any more. */
export const findSchedule = async ({ ports }: ScheduleDesk, name: string): Promise<ScheduleRow> => {
  const row = (await ports.schedules.read([name])).get(name);
  if (!row || row.state === "deleted") {
    throw new NotFoundError(`there is no schedule "${name}": \`schedules list\` names them`);
  }
  return row;
};

/** @throws DefinitionError when this code does not have the rule of the schedule. */
export const ruleFor = ({ registry }: ScheduleDesk, row: ScheduleRow): Rule => {
  const rule = ruleOf(row, registry);
  if (rule) return rule;
  throw new DefinitionError(
    `schedule "${row.name}"`,
    `expected its rule in this code, got "${row.rule.text}"; deploy it first`,
  );
};

export interface Edited {
  readonly row: ScheduleRow;
  readonly skipped?: readonly Skip[];
}

const mostTries = 5;

/**
 * Read, edit, write if nobody was faster; else again. What the edit lets go is told in the ledger first.
 * @throws NotFoundError; whatever the edit throws; Error when somebody else was always faster.
 */
export const changeRow = async (
  desk: ScheduleDesk,
  name: string,
  edit: (row: ScheduleRow) => Edited,
): Promise<ScheduleRow> => {
  const { schedules, clock } = desk.ports;
  for (let tries = 0; tries < mostTries; tries++) {
    const before = await findSchedule(desk, name);
    const { row, skipped = [] } = edit(before);
    const [isWritten] = await schedules.change([replace(before, row)]);
    if (isWritten) {
      await schedules.record(skipped.map((skip) => toEntry(name, skip, clock.now())));
      return row;
    }
  }
  throw new Error(`schedule "${name}" changed ${mostTries} times while it was being edited: try again`);
};

const toEntry = (schedule: string, skip: Skip, toldAt: number): LedgerEntry => ({
  ...{ schedule, at: skip.from, by: "operator", toldAt, fired: [], caughtUp: 0 },
  skipped: [skip],
});
