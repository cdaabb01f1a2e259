import * as z from "zod";
import { type ErrorCode, isReported } from "../../core/errors.ts";
import { failureOf } from "../../core/runs/failure.ts";
import type { Run, RunState } from "../../core/runs/run.ts";
import type { AuditedRange, OccurrenceRecord } from "../../core/schedules/audit.ts";
import { occurrenceRunId } from "../../core/schedules/occurrence.ts";
import type { PipelineContext } from "../../pipeline/context.ts";
import { findIncludingDeleted } from "../../pipeline/schedules/change-row.ts";
import { auditSchedule, historyOf } from "../../pipeline/schedules/ledger.ts";
import { instant } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { iso } from "../runs/run-view.ts";

/** What became of one due time. */
export type HistoryLine =
  | {
      readonly at: string;
      /** `caught-up`: it was missed, and ran all the same. */
      readonly outcome: "fired" | "caught-up";
      /** When its handler was called first; of a run that was tried again, when it was sent. */
      readonly firedAt: string;
      /** Later than it was to start, jitter included; of one that was caught up, than it was due. */
      readonly lateMs: number;
      readonly run: string;
      /** Absent when the run's row is gone: it is kept 30 days after its end. */
      readonly state?: RunState;
    }
  /** Its run was sent, and no worker has started it. */
  | { readonly at: string; readonly outcome: "sent"; readonly run: string }
  /** Its run ended before it began. */
  | {
      readonly at: string;
      readonly outcome: "cancelled" | "expired";
      readonly run: string;
      readonly reason: string;
    }
  | { readonly at: string; readonly outcome: "skipped"; readonly reason: string };

export interface ScheduleHistory {
  readonly times: readonly HistoryLine[];
}

export const scheduleHistory = defineOperation({
  name: "schedules.history",
  description: "Show what became of a schedule's due times, newest first; of a deleted one too.",
  readOnly: true,
  input: z.object({ name: z.string(), limit: z.int().min(1).max(200).default(20) }),
  async run({ name, limit }, context): Promise<ScheduleHistory> {
    if (await isNew(context, name)) return { times: [] };
    const { job, formerJobs = [] } = await findIncludingDeleted(context, name);
    const lines = (await historyOf(context, name, limit)).map((line) => {
      const jobs = [line.job ?? job, job, ...formerJobs.map((former) => former.job)];
      return { line, ids: [...new Set(jobs)].map((one) => occurrenceRunId(one, name, line.at)) };
    });
    // Of what was skipped too: a backfill that failed after it had made the run could not record it.
    const wanted = lines.flatMap(({ line, ids }) => (line.outcome === "skipped" ? ids : ids.slice(0, 1)));
    const runs = await context.ports.runs.read(wanted);
    return {
      times: lines.map(({ line, ids }) => {
        const id = ids.find((one) => runs.has(one)) ?? ids[0] ?? "";
        return toLine(line, id, runs.get(id));
      }),
    };
  },
});

/** It is defined in code, and no dispatcher has stored it yet. */
const isNew = async ({ ports, registry }: PipelineContext, name: string): Promise<boolean> =>
  registry.schedules.has(name) && !(await ports.schedules.read([name])).has(name);

const toLine = (record: OccurrenceRecord, id: string, run: Run | undefined): HistoryLine => {
  const at = iso(record.at);
  if (record.outcome === "skipped") {
    const outcome = run && outcomeOf(run, record.recordedAt);
    if (!outcome) return { at, outcome: record.outcome, reason: record.reason };
    return toLine({ at: record.at, outcome, recordedAt: record.recordedAt, lateMs: 0 }, id, run);
  }
  if (!run)
    return {
      at,
      outcome: record.outcome,
      firedAt: iso(record.at + record.lateMs),
      lateMs: record.lateMs,
      run: id,
    };
  const { state } = run;
  if (state === "cancelled" && run.skippedBySchedule) return { at, outcome: "skipped", reason: run.reason };
  const wasStopped = state === "cancelled" && run.skippedBySchedule !== undefined;
  const hasStarted = !wasStopped && "startedAt" in run && run.startedAt !== undefined;
  if (!hasStarted && (state === "cancelled" || state === "expired"))
    return { at, outcome: state, run: id, reason: run.reason };
  if (!hasStarted && run.claimCount === 0) return { at, outcome: "sent", run: id };
  const isFirst = hasStarted && run.claimCount - run.claimCountAtStart <= 1;
  const startedAt = isFirst ? run.startedAt : Math.max(run.dueAt, record.recordedAt);
  const wantedAt = record.outcome === "caught-up" ? record.at : run.dueAt;
  const lateMs = Math.max(0, (startedAt ?? wantedAt) - wantedAt);
  return { at, outcome: record.outcome, firedAt: iso(wantedAt + lateMs), lateMs, run: id, state };
};

/**
 * What became of an instant that was recorded as skipped and has a run all the same: the row is the truth. Its dispatcher
 * was killed before it could record it, or a backfill failed after it had made it. Undefined: it was skipped.
 */
const outcomeOf = (run: Run, skippedAt: number): "fired" | "caught-up" | undefined => {
  if (run.state === "cancelled" && run.skippedBySchedule) return undefined;
  if (run.generation > 1 || run.createdAt > skippedAt) return "caught-up";
  return run.claimCount > 0 ? "fired" : undefined;
};

/** What the ledger of one schedule was found to be. */
export type AuditedSchedule =
  | {
      readonly name: string;
      /** The audited range: from when the ledger has entries of the rule, until where the dispatcher has planned. */
      readonly from: string;
      readonly until: string;
      readonly due: number;
      readonly fired: number;
      readonly skipped: number;
      /** Due times without a ledger entry. */
      readonly missing: readonly string[];
      /** Fired, and not due by the rule as it is now. */
      readonly unexpected: readonly string[];
    }
  /** Why it could not be audited. */
  | { readonly name: string; readonly problem: string; readonly code: ErrorCode | "failed" };

export interface ScheduleAudit {
  readonly schedules: readonly AuditedSchedule[];
}

const dayMs = 86_400_000;

export const scheduleAudit = defineOperation({
  name: "schedules.audit",
  description:
    "Compare the ledger of one schedule, or of all, with what was due by the rule, and list missing entries.",
  readOnly: true,
  input: z.object({
    name: z.string().exactOptional(),
    /** Default: a day before `until`. */
    from: instant.exactOptional(),
    /** Default: now. */
    until: instant.exactOptional(),
  }),
  async run({ name, from, until }, context): Promise<ScheduleAudit> {
    const end = until?.getTime() ?? context.ports.clock.now();
    const range = { from: from?.getTime() ?? end - dayMs, until: end };
    if (name !== undefined) return { schedules: [await auditOne(context, name, range)] };
    const rows = (await context.ports.schedules.all()).filter(({ state }) => state !== "deleted");
    const audited: AuditedSchedule[] = [];
    for (const row of rows.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      audited.push(await auditOne(context, row.name, range).catch(toProblem(row.name)));
    }
    return { schedules: audited };
  },
});

const auditOne = async (
  context: PipelineContext,
  name: string,
  range: AuditedRange,
): Promise<AuditedSchedule> => {
  const { from, until, missing, unexpected, ...counts } = await auditSchedule(context, name, range);
  return {
    name,
    from: iso(from),
    until: iso(until),
    ...counts,
    missing: missing.map(iso),
    unexpected: unexpected.map(iso),
  };
};

const toProblem =
  (name: string) =>
  (error: unknown): AuditedSchedule => ({
    name,
    problem: failureOf(error).message,
    code: isReported(error) ? error.code : "failed",
  });
