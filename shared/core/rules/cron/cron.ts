import { DefinitionError } from "../../errors.ts";
import { compile } from "./compile.ts";
import type { CronOptions, CronRule } from "./cron-rule.ts";
import { awsDst, chooseDst, type DstPolicy, intervalDst, vixieDst } from "./dst.ts";
import { firstDue } from "./due.ts";
import { type Expression, parseExpression, tidy } from "./expression.ts";
import { refuseForeign } from "./foreign.ts";
import { firstMatch, type Pattern } from "./pattern.ts";
import { parseRate } from "./rate.ts";
import { type Timeline, timelineOf } from "./zone.ts";

/**
 * Due when the wall clock of a zone matches: five fields, six with seconds first, seven with the year last, `@daily` and
 * its like, `L`, `W` and `#`, or AWS's `cron(0 12 * * ? *)` and `rate(5 minutes)`. The text alone says which.
 *
 * Unless `dst` chooses: fixed times run once, right after a gap or at the first copy; in AWS's dialect a gap skips them.
 * Intervals, whose second, minute or hour begins with `*`, keep their rhythm in real time.
 *
 * The matcher is our own. croner has no dialect of AWS, no `L-3`, no choice of DST policy and another idea of what an interval
 * is: little of it would be left under a wrapper, and its `next` is more than ten times slower. A test has both agree.
 * @throws DefinitionError in one sentence: the field, the range, what came; the nearest zone for an unknown one.
 */
export const cron = (expression: string, zone = "UTC", options: CronOptions = {}): CronRule => {
  const text = tidy(expression, "cron");
  const timeline = timelineOf(zone);
  refuseForeign(text, zone);
  return /^rate/i.test(text)
    ? rateRule(text.toLowerCase(), zone)
    : fieldsRule(parseExpression(text), { timeline, options });
};

const rateRule = (text: string, zone: string): CronRule => {
  const { interval, next } = parseRate(text);
  const rule: CronRule = {
    text,
    zone,
    dialect: "aws-rate",
    expression: interval,
    dst: intervalDst,
    usualDst: intervalDst,
    next,
    withDst: () => rule,
  };
  return rule;
};

interface Context {
  readonly timeline: Timeline;
  readonly options: CronOptions;
}

const fieldsRule = (expression: Expression, { timeline, options }: Context): CronRule => {
  const { pattern, isInterval } = compile(expression);
  const fixedDst = expression.dialect === "aws6" ? awsDst : vixieDst;
  const usualDst = isInterval ? intervalDst : fixedDst;
  const { text, dialect, bare } = expression;
  const withPolicy = (dst: DstPolicy): CronRule => {
    const next = nextOf({ pattern, timeline, dst });
    if (!options.allowNever && !next(beforeAll)) {
      throw new DefinitionError("cron", {
        expected: "an expression that fires",
        got: `"${text}", which never fires from 1970 to 2199`,
        remedy: "correct its day, month or year",
        option: { name: "allowNever" },
      });
    }
    const withDst: CronRule["withDst"] = (choice) => withPolicy(chooseDst(choice, dst));
    return { text, zone: timeline.zone, dialect, expression: bare, dst, usualDst, next, withDst };
  };
  return withPolicy(chooseDst(options.dst ?? {}, usualDst));
};

const daySeconds = 86_400;
const beforeAll = new Date(-daySeconds * 1_000);

/** Nothing is due before the first match, less a day for the zone: a rule for 2150 need not search the years until then. */
const nextOf = (clockwork: { pattern: Pattern; timeline: Timeline; dst: DstPolicy }): CronRule["next"] => {
  const first = firstMatch(clockwork.pattern, 0);
  return (after) => {
    const from = Math.floor(after.getTime() / 1_000) + 1;
    const due = first === undefined ? first : firstDue(clockwork, Math.max(from, first - daySeconds));
    return due === undefined ? undefined : new Date(due * 1_000);
  };
};
