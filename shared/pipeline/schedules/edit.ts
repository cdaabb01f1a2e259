import { DefinitionError } from "../../core/errors.ts";
import { jsonHash, jsonText } from "../../core/json.ts";
import { type LedgerEntry, ruleOf, type ScheduleRow } from "../../core/occurrence.ts";
import { skipAll } from "../../core/plan.ts";
import type { PolicyOptions, SchedulePolicy } from "../../core/schedule-policy.ts";
import { type ChangedRow, changeRow, type Edited, type ScheduleDesk } from "./change-row.ts";
import { checkDst, over, rowOf, type ScheduleWish } from "./define.ts";
import { ruleMark, skipEntry } from "./operator-entries.ts";
import { sendAhead } from "./send-ahead.ts";

/**
 * Change what an operator made. What is left out stays. With another rule or job the next instant is the first from
 * now on; occurrences already sent are let go by their worker if they are not due any more.
 * @throws DefinitionError when the schedule stands in the code; whatever making it so would throw.
 */
export const editSchedule = async (
  desk: ScheduleDesk,
  name: string,
  wish: Partial<ScheduleWish>,
): Promise<ChangedRow> => {
  const changed = await changeRow(desk, name, async (before) => {
    if (before.source === "code") {
      throw new DefinitionError(
        `schedule "${name}"`,
        "expected one made at run time, got one of the code; edit jobs/schedules.ts and deploy",
      );
    }
    const wanted = await rowOf(desk, merged(before, wish));
    checkDst(wish.dst, wanted.rule);
    if (wanted.nextAt === undefined) throw over(wanted, "");
    const policy = { ...before.policy, ...named(wanted.policy, wish.policy) };
    return edited(desk, before, { ...wanted, policy });
  });
  await sendAhead(desk, name);
  return changed;
};

const merged = (
  { name, job, rule, input }: ScheduleRow,
  { zone, dst, start, end, ...wish }: Partial<ScheduleWish>,
): ScheduleWish => ({
  name,
  job: wish.job ?? job,
  rule: wish.rule ?? rule.text,
  zone: zone ?? rule.zone,
  dst: dst || rule.dst ? { ...rule.dst, ...dst } : undefined,
  start: start ?? dateOf(rule.start),
  end: end ?? dateOf(rule.end),
  input: wish.input !== undefined || input === undefined ? wish.input : JSON.parse(input),
  policy: wish.policy,
});

const dateOf = (instant: number | undefined): Date | undefined =>
  instant === undefined ? undefined : new Date(instant);

/** Only what the wish names: the rest of a policy stays as it was. */
const named = (made: SchedulePolicy, wish: PolicyOptions = {}): Partial<SchedulePolicy> => {
  const names = new Set(Object.entries(wish).flatMap(([name, value]) => (value === undefined ? [] : name)));
  return Object.fromEntries(Object.entries(made).filter(([key]) => names.has(key.replace(/Ms$/, ""))));
};

/** The row as it was asked for, in the state that it is in. */
const edited = (desk: ScheduleDesk, before: ScheduleRow, wanted: ScheduleRow): Edited => {
  const isSameRule = hashOf(before) === hashOf(wanted);
  const nextAt = nextOf(before, wanted, isSameRule);
  const { pausedFor, pausedUntil, lastAt } = before;
  const { nextAt: _fromNow, ...rest } = wanted;
  const row = {
    ...{ ...rest, state: before.state, version: before.version + 1 },
    ...(pausedFor !== undefined && { pausedFor }),
    ...(pausedUntil !== undefined && { pausedUntil }),
    ...(nextAt !== undefined && { nextAt }),
    // What was sent ahead is planned anew, and was not the last then.
    ...(lastAt !== undefined && lastAt < (nextAt ?? Number.POSITIVE_INFINITY) && { lastAt }),
  };
  return { row, told: isSameRule ? [] : lastWords(desk, before) };
};

const hashOf = ({ rule }: ScheduleRow): string => jsonHash(jsonText(rule));

/** A run is named after its job: one of another job is made for what was sent ahead, too. */
const nextOf = (before: ScheduleRow, wanted: ScheduleRow, isSameRule: boolean): number | undefined => {
  if (!isSameRule) return wanted.nextAt;
  if (before.job === wanted.job) return before.nextAt;
  return before.nextAt !== undefined && wanted.nextAt !== undefined
    ? Math.min(before.nextAt, wanted.nextAt)
    : wanted.nextAt;
};

/** What the old rule had until now and nobody planned, as in a pause, is let go; the new one counts from now on. */
const lastWords = ({ ports, registry }: ScheduleDesk, row: ScheduleRow): readonly LedgerEntry[] => {
  const now = ports.clock.now();
  const rule = ruleOf(row, registry);
  const reason =
    row.state === "paused" ? `paused: ${row.pausedFor ?? ""}` : "edited before the pipeline came to it";
  const skipped = rule ? skipAll(rule, row.nextAt, now, reason).skipped : [];
  return [...skipped.map((skip) => skipEntry(row.name, skip, now)), ruleMark(row.name, now)];
};
