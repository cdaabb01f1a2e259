import { ContentionError, DefinitionError, NotFoundError } from "../../core/errors.ts";
import type { Job } from "../../core/jobs/job.ts";
import type { Registry } from "../../core/jobs/registry.ts";
import { jsonHash, jsonText } from "../../core/json.ts";
import type { LaneName } from "../../core/lane.ts";
import { type Rule, ruleSignature } from "../../core/rules/rule.ts";
import { ruleOf } from "../../core/rules/stored-rule.ts";
import type { SkippedRange } from "../../core/schedules/ledger-entry.ts";
import { replaceRow, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { type ChangeEntries, recorded, withUnrecorded } from "../../core/schedules/unrecorded.ts";
import type { Schedules } from "../../ports/index.ts";
import type { PipelineContext } from "../context.ts";
import { recordUnrecorded } from "./record-unrecorded.ts";

/** @throws NotFoundError when it does not exist or was deleted. */
export const findSchedule = async (context: PipelineContext, name: string): Promise<ScheduleRow> => {
  const row = await findIncludingDeleted(context, name);
  if (row.state === "deleted") throw notFound(name);
  return row;
};

/** Find also a deleted schedule: its ledger outlives it. @throws NotFoundError when it never existed. */
export const findIncludingDeleted = async (
  { ports }: PipelineContext,
  name: string,
): Promise<ScheduleRow> => {
  const row = (await ports.schedules.read([name])).get(name);
  if (!row) throw notFound(name);
  return row;
};

const notFound = (name: string): NotFoundError =>
  new NotFoundError({ kind: "schedule", name, advice: { kind: "see", operation: "schedules.list" } });

/** @throws DefinitionError when this code does not have the rule of the schedule, or has another than is deployed. */
export const ruleFor = ({ registry }: PipelineContext, row: ScheduleRow): Rule => {
  const rule = ruleOf(row, registry);
  if (rule) return rule;
  const here = registry.schedules.get(row.name)?.rule;
  throw new DefinitionError(`schedule "${row.name}"`, {
    expected: `"${row.rule.text}", its rule as it is deployed`,
    got: `${here ? `"${ruleSignature(here)}"` : "none"} in this code`,
    remedy: "deploy it first",
  });
};

/** @throws DefinitionError when this code does not have the job. */
export const jobFor = ({ registry }: PipelineContext, name: string): Job => {
  const job = registry.jobs.get(name);
  if (job) return job;
  throw new DefinitionError("job", {
    expected: `one of ${[...registry.jobs.keys()].join(", ")}`,
    got: `"${name}"`,
    remedy: "choose one, or add it to jobs/index.ts",
  });
};

/** The lane of a schedule's occurrences. It follows its job: a deploy may have moved that. */
export const laneFor = ({ job, lane }: Pick<ScheduleRow, "job" | "lane">, { jobs }: Registry): LaneName =>
  jobs.get(job)?.lane ?? lane;

/** A row after a change, and what its ledger is given because of the change, if anything. */
export interface Edited extends Partial<ChangeEntries> {
  readonly row: ScheduleRow;
}

export interface ChangedRow {
  readonly before: ScheduleRow;
  readonly row: ScheduleRow;
  /** Instants that the change skipped before they were sent. */
  readonly skipped: readonly SkippedRange[];
}

const maxAttempts = 5;

/**
 * Read, edit, and write unless another writer was faster; then retry. The row holds the ledger entries of
 * the edit until they are recorded.
 * @throws NotFoundError; anything that the edit throws; ContentionError when another edit was faster at every attempt.
 */
export const changeRow = async (
  context: PipelineContext,
  name: string,
  edit: (row: ScheduleRow) => Edited | Promise<Edited>,
): Promise<ChangedRow> => {
  const { schedules } = context.ports;
  for (let tries = 0; tries < maxAttempts; tries++) {
    const before = await findSchedule(context, name);
    const { row: edited, entries = [], isRuleChanged = false } = await edit(before);
    const row = withUnrecorded(before, edited, { entries, isRuleChanged });
    const [isWritten] = await schedules.change([replaceRow(before, row)]);
    if (!isWritten && !(await isAlreadyWritten(schedules, row))) continue;
    await recordUnrecorded(context.ports, [row]);
    return { before, row: recorded(row), skipped: entries.flatMap(({ skipped }) => skipped) };
  }
  throw new ContentionError(`schedule "${name}"`);
};

/** A refused write may have been ours: its reply was lost. */
const isAlreadyWritten = async (schedules: Pick<Schedules, "read">, row: ScheduleRow): Promise<boolean> => {
  const stored = (await schedules.read([row.name])).get(row.name);
  return stored !== undefined && jsonHash(jsonText(stored)) === jsonHash(jsonText(row));
};
