import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cron } from "../../../shared/core/rules/cron/cron.ts";
import { every, type Rule } from "../../../shared/core/rules/rule.ts";
import { auditLedger, resolveOccurrences } from "../../../shared/core/schedules/audit.ts";
import { occurrenceKey } from "../../../shared/core/schedules/occurrence.ts";
import { misfireAfterMs } from "../../../shared/core/schedules/plan.ts";
import { schedulePolicy } from "../../../shared/core/schedules/policy.ts";
import { catchUps, type PolicyOptions } from "../../../shared/core/schedules/policy-options.ts";
import { cases } from "../../cases.ts";
import { now } from "../runs/any-run.ts";
import { dueIn, hour, live, lookAhead, minute, on, recordedBy, second, type Tick } from "./dispatching.ts";

/** Due at up to sixty instants within some seconds. */
const anyInstants = (seconds: number) =>
  fc
    .uniqueArray(fc.integer({ min: 0, max: seconds }), { minLength: 1, maxLength: 60 })
    .map((due) => on(...due.sort((a, b) => a - b).map((s) => now + s * second)));

const quick = ["1 second", "7 seconds", "1 minute"] as const;
const slow = ["1 minute", "17 minutes", "1 hour", "1 day"] as const;

const anyQuickRule = fc.oneof(
  fc.constantFrom(...quick).map((interval) => every(interval)),
  anyInstants(5_000),
);
const anySlowRule = fc.oneof(
  fc.constantFrom(...slow).map((interval) => every(interval)),
  fc.constantFrom("*/5 * * * *", "0 3 * * *", "30 2 * * 1-5").map((text) => cron(text, "Europe/Madrid")),
  anyInstants(600_000),
);

/** How time passes from tick to tick: as it should, doubled, late, missed, back. */
const anyStep = (outages: readonly number[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(minute) },
    fc.constant(0),
    fc.integer({ min: 1, max: 119_000 }),
    fc.integer({ min: -3 * minute, max: 0 }),
    fc.constantFrom(-hour, hour),
    fc.constantFrom(...outages),
  );
const anyQuickStep = anyStep([5 * minute, 29 * minute]);
const anySlowStep = anyStep([5 * minute, 3 * hour, 72 * hour]);

const anyPolicy = fc
  .record(
    {
      catchUp: fc.constantFrom(...catchUps),
      catchUpWindow: fc.constantFrom("0 seconds", "4 minutes", "2 hours", "7 days"),
      catchUpLimit: fc.constantFrom(1, 3, 150, 1_000),
      minInterval: fc.constantFrom("20 seconds", "3 minutes", "1 hour"),
    },
    { requiredKeys: [] },
  )
  .map((options) => schedulePolicy(options as PolicyOptions));

const ticksOf = (anyMs: fc.Arbitrary<number>, anyEnding: fc.Arbitrary<Tick["ending"]>) =>
  fc.array(fc.record({ ms: anyMs, rounds: fc.constantFrom(1, 2, 200), ending: anyEnding }), {
    minLength: 1,
    maxLength: 12,
  });

const whole = fc.constant("whole" as const);
const anyEnding = fc.oneof(
  { weight: 3, arbitrary: whole },
  { weight: 2, arbitrary: fc.constant("killed" as const) },
  fc.nat(3).map((stale) => ({ stale })),
);

const lastBefore = (nextFireAt: number | undefined): number => (nextFireAt ?? Number.MAX_SAFE_INTEGER) - 1;

describe.each([
  ["seconds", anyQuickRule, anyQuickStep],
  ["days", anySlowRule, anySlowStep],
])("over any sequence of ticks, with rules of %s", (_, anyRule, anyMs) => {
  test("records every instant exactly once as fired or skipped, without gaps and never backwards", () => {
    fc.assert(
      fc.property(anyRule, anyPolicy, ticksOf(anyMs, whole), (rule, policy, ticks) => {
        const { row, plans } = live(rule, policy, ticks);
        expect(plans.flatMap((planned) => recordedBy(rule, planned))).toEqual(
          dueIn(rule, now, lastBefore(row.nextFireAt)),
        );
        const places = plans.map(({ nextFireAt }) => lastBefore(nextFireAt));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        const lasts = plans.flatMap(({ lastFiredAt }) => lastFiredAt ?? []);
        expect(lasts).toEqual(lasts.toSorted((a, b) => a - b));
      }),
      cases(),
    );
  });

  test("a skip has the number of its instants, and no plan runs more than 100 or what is not due yet", () => {
    fc.assert(
      fc.property(anyRule, anyPolicy, ticksOf(anyMs, whole), (rule, policy, ticks) => {
        for (const { fire, caughtUp, skipped, now: time } of live(rule, policy, ticks).plans) {
          expect(skipped.map(({ from, to }) => dueIn(rule, from, to).length)).toEqual(
            skipped.map(({ count }) => count),
          );
          expect(fire.length).toBeLessThanOrEqual(100);
          expect(Math.max(time, ...fire)).toBeLessThanOrEqual(time + lookAhead);
          expect(fire.filter((at) => at < time - misfireAfterMs)).toEqual(fire.slice(0, caughtUp));
        }
      }),
      cases(),
    );
  });

  test("gives each instant that runs one run, recorded in a complete ledger, whichever process is killed or late", () => {
    fc.assert(
      fc.property(anyRule, anyPolicy, ticksOf(anyMs, anyEnding), (rule, policy, ticks) => {
        const { row, runs, ledger } = live(rule, policy, ticks);
        const due = dueIn(rule, now, lastBefore(row.nextFireAt));
        const entries = [...ledger.values()];
        const range = { from: now, until: lastBefore(row.nextFireAt) + 1 };
        expect(auditLedger(due, entries, range)).toMatchObject({
          due: due.length,
          missing: [],
          unexpected: [],
        });
        const lines = resolveOccurrences(entries, (from, to) => dueIn(rule, from, to));
        const fired = lines.filter(
          ({ at, outcome }) => outcome !== "skipped" && at <= lastBefore(row.nextFireAt),
        );
        expect(fired.map(({ at }) => at).reverse()).toEqual(due.filter((at) => runs.has(at)));
        expect(new Set([...runs].map((at) => occurrenceKey("s", at))).size).toBe(runs.size);
      }),
      cases(300),
    );
  });
});

test("a late dispatcher that writes in the same millisecond as another takes no entry from it", () => {
  const rule = on(now, now + second);
  const { runs, ledger } = live(rule, schedulePolicy({ catchUp: "latest" }), [
    { ms: minute, rounds: 1, ending: "killed" },
    { ms: 5 * minute, rounds: 1, ending: "whole" },
    { ms: 0, rounds: 1, ending: { stale: 2 } },
    { ms: minute, rounds: 1, ending: "whole" },
  ]);
  const lines = resolveOccurrences([...ledger.values()], (from, to) => dueIn(rule, from, to));
  expect(lines.map(({ at, outcome }) => [at, outcome])).toEqual([
    [now + second, "caught-up"],
    [now, "caught-up"],
  ]);
  expect(runs.size).toBe(2);
});

describe("after an outage of any length", () => {
  const anyOutage = fc.nat(2 * hour);
  /** What one tick runs of what was due before it counted as missed. */
  const caughtUp = (rule: Rule, options: PolicyOptions, ms: number) => {
    const { runs } = live(rule, schedulePolicy(options), [{ ms, rounds: 100, ending: "whole" }]);
    return [...runs].filter((at) => at < now + ms - misfireAfterMs).sort((a, b) => a - b);
  };
  const missedBy = (rule: Rule, ms: number) => dueIn(rule, now, now + ms - misfireAfterMs - 1);

  test.each<[PolicyOptions, number]>([
    [{ catchUp: "none" }, 0],
    [{ catchUp: "latest" }, 1],
    [{ catchUp: "all", catchUpLimit: 130 }, 130],
    [{ catchUp: "all", catchUpLimit: 10_000 }, 10_000],
  ])("the newest missed instants run, and the others are skipped: %j", (options, most) => {
    fc.assert(
      fc.property(anyQuickRule, anyOutage, (rule, ms) => {
        const missed = missedBy(rule, ms);
        expect(caughtUp(rule, options, ms)).toEqual(missed.slice(Math.max(0, missed.length - most)));
      }),
      cases(),
    );
  });

  test("no missed instant older than the window runs", () => {
    fc.assert(
      fc.property(anyQuickRule, anyOutage, (rule, ms) => {
        const options: PolicyOptions = { catchUp: "all", catchUpLimit: 10_000, catchUpWindow: "30 minutes" };
        const missed = missedBy(rule, ms).filter((at) => at >= now + ms - 30 * minute);
        expect(caughtUp(rule, options, ms)).toEqual(missed);
      }),
      cases(),
    );
  });
});

test("no two runs of a schedule are nearer than minInterval, in any sequence of ticks", () => {
  fc.assert(
    fc.property(anyQuickRule, anyPolicy, ticksOf(anyQuickStep, whole), (rule, policy, ticks) => {
      const fired = [...live(rule, { ...policy, minIntervalMs: 90_000 }, ticks).runs].sort((a, b) => a - b);
      const gaps = fired.slice(1).map((at, i) => at - (fired[i] ?? 0));
      expect(Math.min(90_000, ...gaps)).toBe(90_000);
    }),
    cases(),
  );
});
