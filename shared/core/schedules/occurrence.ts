import { z } from "zod";
import type { Registry } from "../jobs/registry.ts";
import { jsonHash } from "../json.ts";
import { laneNames } from "../lane.ts";
import { anyOf } from "../rules/cron/combine.ts";
import { except } from "../rules/cron/except.ts";
import { parseRule } from "../rules/cron/parse-rule.ts";
import { type Rule, ruleLine } from "../rules/rule.ts";
import type { Run } from "../runs/run.ts";
import { nextInstant } from "./plan.ts";
import { policySchema } from "./policy.ts";

const instant = z.int();

const dstSchema = z.object({
  gap: z.enum(["run-after-gap", "skip"]),
  overlap: z.enum(["first", "second", "both"]),
});

/** A rule as it is stored. What only code can say, `parseRule` cannot make again: then the registry has the rule. */
export const ruleTextSchema = z.object({
  text: z.string(),
  zone: z.string().optional(),
  dst: dstSchema.optional(),
  /** Further rules, in the same zone: due when any is. */
  or: z.array(z.string()).optional(),
  /** Dates of the zone on which it is not due. */
  except: z.array(z.string()).optional(),
  start: instant.optional(),
  end: instant.optional(),
});

/** Neighbouring instants that were let go for one reason. */
const skipSchema = z.object({
  from: instant,
  to: instant,
  /** Of a pause of more than 10,000 instants, that many. */
  count: z.int().positive(),
  reason: z.string(),
});
export type Skip = z.infer<typeof skipSchema>;

/** What became of some instants of a schedule. */
export const ledgerEntrySchema = z.object({
  schedule: z.string(),
  /** The job of its runs: an edit may give the schedule another. */
  job: z.string().optional(),
  /** The version of the schedule that was planned. Of two jobs that an instant was planned for, the later version's counts. */
  version: z.int().positive().optional(),
  /** By a worker: the generation of its run. By an operator: that of the run that was made, which overrides lower ones. */
  generation: z.int().positive().optional(),
  /** The first instant it tells of. */
  at: instant,
  /** A worker tells of what the dispatcher could not know: its word counts for more. */
  by: z.enum(["dispatcher", "worker", "operator"]),
  toldAt: instant,
  /** Instants that became runs. */
  fired: z.array(instant),
  /** How many of them were missed and caught up. They are the oldest. */
  caughtUp: z.int().nonnegative(),
  skipped: z.array(skipSchema),
});

export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/** A schedule as it is stored: what it says, and when it must be looked at next. */
export const scheduleRowSchema = z.object({
  name: z.string(),
  /** Grows with every change that is not an advance. */
  version: z.int().positive(),
  /** `code` stands in jobs/schedules.ts and is reconciled with it; an operator may pause it, not edit it. */
  source: z.enum(["code", "operator"]),
  state: z.enum(["active", "paused", "deleted"]),
  job: z.string(),
  /** Its occurrences' lane: the due index is kept by lane, so that urgent ones are sent first. */
  lane: z.enum(laneNames),
  rule: ruleTextSchema,
  /** JSON text. */
  input: z.string().optional(),
  inputHash: z.string(),
  policy: policySchema,
  /** The next due instant that has not been planned. Absent: there is none. */
  nextAt: instant.optional(),
  /** The last instant that was fired. */
  lastAt: instant.optional(),
  /** Of a paused schedule: why, and when it goes on by itself. */
  pausedFor: z.string().optional(),
  pausedUntil: instant.optional(),
  /** The code that ticked last could not plan it: its rule or job is missing, or the rule throws. */
  unplannable: z
    .object({
      tries: z.int().positive(),
      /** Not looked at before. */
      nextTryAt: instant,
      reportedAt: instant,
    })
    .optional(),
  /** The jobs that it had, as long as their runs may take an instant that is planned again: see `former-job.ts`. */
  formerJobs: z
    .array(
      z.object({
        job: z.string(),
        /** Instants before it were planned for the job. Absent: nothing is known of them. */
        plannedTo: instant.optional(),
        /** No dispatcher has sent runs of the job for instants from here on. */
        checkedTo: instant,
        /** When the schedule got another job. */
        changedAt: instant,
      }),
    )
    .optional(),
  /** Ledger entries of the last change that may not be recorded yet: see `unrecorded.ts`. */
  unrecorded: z.object({ entries: z.array(ledgerEntrySchema), isRuleChanged: z.boolean() }).optional(),
});

export type RuleText = z.infer<typeof ruleTextSchema>;
export type ScheduleRow = z.infer<typeof scheduleRowSchema>;

export interface ScheduleChange {
  readonly row: ScheduleRow;
  /** What the stored row must still be. */
  readonly when: { readonly version: number; readonly nextAt: number | undefined };
}

/** The change that puts `after` in the place of `before`, if nobody was faster. */
export const replace = (before: ScheduleRow, after: ScheduleRow): ScheduleChange => ({
  row: after,
  when: { version: before.version, nextAt: before.nextAt },
});

/** When the dispatcher must look at a schedule. Undefined: never, until somebody changes it. */
export const lookAt = ({ state, nextAt, pausedUntil, unplannable }: ScheduleRow): number | undefined => {
  const at = { active: nextAt, paused: pausedUntil, deleted: undefined }[state];
  return at === undefined ? undefined : Math.max(at, unplannable?.nextTryAt ?? at);
};

/**
 * An entry's place in its schedule's ledger, in the order of time. An entry never replaces another one: a dispatcher
 * that is late, and knows less than the one that overtook it, writes beside it. Two dispatchers may write in the same
 * millisecond, so the place ends in a hash of what the entry says. The same entry, written again, keeps its place.
 */
export const ledgerPlace = (entry: LedgerEntry): string =>
  [
    new Date(entry.at).toISOString(),
    entry.by,
    new Date(entry.toldAt).toISOString(),
    jsonHash(JSON.stringify(entry)).slice(0, 8),
  ].join("#");

/** A worker's word on one instant: it was due and did not run. */
export const skippedAtWork = (
  run: Pick<Run, "id" | "due" | "job" | "gen">,
  schedule: string,
  toldAt: number,
  reason: string,
): LedgerEntry => {
  const at = instantOf(run, schedule);
  return {
    ...{ schedule, job: run.job, generation: run.gen, at, by: "worker", toldAt, fired: [], caughtUp: 0 },
    skipped: [{ from: at, to: at, count: 1, reason }],
  };
};

/** The key of an occurrence's run: whoever plans it, and however often, it is one run. */
export const occurrenceKey = (schedule: string, at: number): string =>
  `${schedule}@${new Date(at).toISOString().replace(".000Z", "Z")}`;

/** The instant an occurrence is named after. Its run may be due a jitter later. */
export const instantOf = ({ id, due }: Pick<Run, "id" | "due">, schedule: string): number => {
  const instant = Date.parse(id.slice(id.indexOf(`${schedule}@`) + schedule.length + 1));
  return Number.isNaN(instant) ? due : instant;
};

/** Ledger rows are kept as long as the runs they name. */
export const ledgerKeepMs = 30 * 86_400_000;

/**
 * The rule of a stored schedule: what the code says, or what its text says.
 * Undefined when this code says something else, being older or newer than what is deployed.
 */
export const ruleOf = (
  row: Pick<ScheduleRow, "name" | "source" | "rule">,
  registry: Registry,
): Rule | undefined => {
  if (row.source === "code") {
    const rule = registry.schedules.get(row.name)?.rule;
    return rule && ruleLine(rule) === row.rule.text ? rule : undefined;
  }
  try {
    return parseRuleText(row.rule);
  } catch {
    return undefined;
  }
};

const ruleLinePattern =
  /^(.*?)(?: \(([^()]+)\))?(?: \[gap: (run-after-gap|skip), overlap: (first|second|both)\])?$/;

/** The rule that a row was planned by, even if the code says something else by now: then as far as its line can say it. */
export const formerRuleOf = (row: ScheduleRow, registry: Registry): Rule | undefined => {
  const rule = ruleOf(row, registry);
  if (rule || row.source !== "code") return rule;
  const [, text = "", zone, gap, overlap] = ruleLinePattern.exec(row.rule.text) ?? [];
  const { data: dst } = dstSchema.safeParse({ gap, overlap });
  try {
    return parseRule(text, zone, { allowNever: true, ...(dst && { dst }) });
  } catch {
    return undefined;
  }
};

/** @throws DefinitionError when the text is no rule. */
export const parseRuleText = (wanted: RuleText): Rule => {
  const { text, zone, dst, or = [], except: dates = [], start, end } = wanted;
  const rules = [text, ...or].map((one) => parseRule(one, zone, { allowNever: true, ...(dst && { dst }) }));
  const [first] = rules;
  const united = first && rules.length === 1 ? first : anyOf(...rules);
  const rule = dates.length === 0 ? united : except(united, { dates, ...(zone !== undefined && { zone }) });
  return start === undefined && end === undefined ? rule : bounded(rule, start, end);
};

const bounded = (rule: Rule, start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY): Rule => ({
  ...rule,
  next: (after) => {
    const due = rule.next(new Date(Math.max(after.getTime(), start - 1)));
    return due && due.getTime() < end ? due : undefined;
  },
});

/** The first due instant at or after one. */
export const firstAt = (rule: Rule, from: number): number | undefined => nextInstant(rule, from - 1);
