import { describe, expect, test } from "@jest/globals";
import { DefinitionError } from "../../../../shared/core/errors.ts";
import { anyOf } from "../../../../shared/core/rules/cron/combine.ts";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { except } from "../../../../shared/core/rules/cron/except.ts";
import { explain } from "../../../../shared/core/rules/explain/explain.ts";
import { localClock } from "../../../../shared/core/rules/explain/local-time.ts";
import { at, every, type Rule } from "../../../../shared/core/rules/rule.ts";
import { jitterOf, schedulePolicy } from "../../../../shared/core/schedules/policy.ts";
import type { PolicyOptions } from "../../../../shared/core/schedules/policy-options.ts";

const from = Date.parse("2026-03-06T12:00:00Z");

const explainSchedule = (rule: Rule, options: PolicyOptions = {}, count = 3) =>
  explain(rule, { from, count, schedule: { name: "nightly", policy: schedulePolicy(options) } });

const policyOf = (rule: Rule, options: PolicyOptions, about: string) =>
  explainSchedule(rule, options).policies.find((policy) => policy.about === about)?.effect;

describe("an explanation", () => {
  test("has the rule, its words, its times, the changes of its clocks and its cost", () => {
    const explained = explain(cron("30 2 * * *", "America/New_York"), { from, count: 2 });
    expect(explained).toMatchObject({
      rule: "30 2 * * *",
      sentence: "At 02:30, every day",
      zone: "America/New_York",
      zones: ["America/New_York"],
      shownIn: "America/New_York",
      dst: { gap: "run-after-gap", overlap: "first" },
      from: "2026-03-06T12:00:00.000Z",
      fires: [
        {
          at: "2026-03-07T07:30:00.000Z",
          local: "2026-03-07 02:30:00",
          weekday: "Sat",
          offset: "-05:00",
          abbreviation: "EST",
          notes: [],
        },
        { at: "2026-03-08T07:00:00.000Z", clock: "moved" },
      ],
      clockChanges: [{ kind: "gap" }, { kind: "overlap" }],
      policies: [{ about: "dst.gap" }, { about: "dst.overlap" }],
      rhythm: { next30Days: 30 },
    });
    expect(explained.cost.total).toBeCloseTo(30 * 9.25e-6, 8);
    expect(explained.idle.map(({ stage }) => stage)).toEqual(["dev", "prod"]);
  });

  test.each([
    ["says how new the data of its zones' clocks is", cron("0 9 * * *", "Europe/Madrid"), "2000a", true],
    ["says so of a newer release than this build knows", cron("0 9 * * *", "Europe/Madrid"), "2999z", false],
    ["says nothing of it when its zone never changes clocks", cron("0 9 * * *"), "2000a", undefined],
    ["says nothing of it when it goes by no clocks", every("1 hour"), "2000a", undefined],
  ])("%s", (_, rule, timeZoneRelease, isOutdated) => {
    const { timeZoneData } = explain(rule, { from, count: 1, timeZoneRelease });
    expect(timeZoneData?.isOutdated).toBe(isOutdated);
  });

  test("of an interval has no zone, and is shown in the one asked for", () => {
    const { shownIn, clockChanges, fires, ...explained } = explain(every("1 hour"), {
      from,
      count: 1,
      zone: "Asia/Kolkata",
    });
    expect({ shownIn, clockChanges, fires }).toMatchObject({
      shownIn: "Asia/Kolkata",
      clockChanges: [],
      fires: [{ local: "2026-03-06 17:30:00", offset: "+05:30" }],
    });
    expect(explained).not.toHaveProperty("zone");
    expect(explained).not.toHaveProperty("dst");
    expect(explain(every("1 hour"), { from, count: 1 }).shownIn).toBe("UTC");
  });

  test("begins with an occurrence at its start instant", () => {
    expect(explain(every("1 hour"), { from, count: 1 }).fires[0]?.at).toBe("2026-03-06T12:00:00.000Z");
  });

  test("has the changes of clocks as far as its occurrences go", () => {
    const { clockChanges } = explain(cron("0 0 29 2 *", "Europe/Madrid"), { from, count: 2 });
    expect(clockChanges).toHaveLength(12);
  });

  test("lists at most as many occurrences as one plan, and fewer when the rule ends", () => {
    expect(explainSchedule(every("1 second"), {}, 1_000).fires).toHaveLength(100);
    expect(explainSchedule(at("2026-04-01T00:00:00Z"), {}, 5).fires).toHaveLength(1);
  });

  test("is refused for a rule that is never due again, and for an unknown zone", () => {
    const never = () => explain(at("2020-01-01T00:00:00Z"), { from, count: 1 });
    expect(never).toThrow(DefinitionError);
    expect(never).toThrow(
      'rule: expected a rule that is due after 2026-03-06T12:00:00.000Z, got "at 2020-01-01T00:00:00.000Z"; choose a later time, or preview from an earlier instant',
    );
    const nowhere = () => explain(every("1 hour"), { from, count: 1, zone: "Europe/Madird" });
    expect(nowhere).toThrow('did you mean "Europe/Madrid"?');
  });
});

describe("an explanation of a combined rule", () => {
  const madrid = (text: string) => cron(text, "Europe/Madrid");

  test("is shown in the zone of its parts, if it is one", () => {
    const one = explain(anyOf(madrid("0 9 * * *"), madrid("0 12 * * *"), every("1 hour")), {
      from,
      count: 1,
    });
    expect(one).toMatchObject({ zone: "Europe/Madrid", zones: ["Europe/Madrid"], shownIn: "Europe/Madrid" });
    const two = explain(anyOf(madrid("0 9 * * *"), cron("0 9 * * *", "Asia/Tokyo")), { from, count: 1 });
    expect(two).toMatchObject({ zones: ["Europe/Madrid", "Asia/Tokyo"], shownIn: "UTC" });
    expect(two).not.toHaveProperty("zone");
  });

  test("says what each part does when the clocks change, and once what all do", () => {
    const rule = anyOf(madrid("30 2 * * *"), madrid("30 3 * * *"), madrid("*/15 * * * *"));
    expect(explain(rule, { from, count: 1 }).policies).toEqual([
      {
        about: "dst.gap",
        effect:
          "30 2 * * * (Europe/Madrid), 30 3 * * * (Europe/Madrid): A time that the clocks jump over runs at the first instant after the gap, once.",
      },
      {
        about: "dst.gap",
        effect:
          "*/15 * * * * (Europe/Madrid): A time that the clocks jump over does not exist: the interval continues in real time.",
      },
      {
        about: "dst.overlap",
        effect:
          "30 2 * * * (Europe/Madrid), 30 3 * * * (Europe/Madrid): A time that the clocks show twice runs the first time.",
      },
      {
        about: "dst.overlap",
        effect: "*/15 * * * * (Europe/Madrid): A time that the clocks show twice runs both times.",
      },
    ]);
    const same = explain(except(madrid("30 2 * * *"), { dates: ["2026-12-25"] }), { from, count: 1 });
    expect(same.policies).toEqual(explain(madrid("30 2 * * *"), { from, count: 1 }).policies);
  });
});

test("six fields are said to begin with seconds, in AWS's dialect they do not", () => {
  const noteOf = (rule: Rule) => explain(rule, { from, count: 1 }).note;
  expect(noteOf(cron("0 0 12 * * *"))).toBe("The first of its six fields is for seconds");
  expect(noteOf(anyOf(every("1 hour"), cron("0 0 12 * * *")))).toBeDefined();
  expect([cron("0 12 * * *"), cron("cron(0 12 * * ? *)"), every("1 hour")].map(noteOf)).toEqual(
    Array(3).fill(undefined),
  );
});

describe("a schedule's policy in words", () => {
  const hourly = every("1 hour");
  const missed = "Were Fri 2026-03-06 12:00 and Fri 2026-03-06 13:00 and Fri 2026-03-06 14:00 missed";

  test.each<[PolicyOptions, string, string]>([
    [{ catchUp: "none" }, "What is missed by more than 2 minutes is skipped.", "none of them would run"],
    [
      {},
      "Of what is missed, the latest occurrence runs if it is not older than 1 week.",
      "only Fri 2026-03-06 14:00 would run",
    ],
    [
      { catchUp: "all" },
      "Of what is missed, the latest 1000 occurrences not older than 1 week run.",
      "all of them would run",
    ],
    [
      { catchUp: "all", catchUpLimit: 2 },
      "Of what is missed, the latest 2 occurrences not older than 1 week run.",
      "only Fri 2026-03-06 13:00 and Fri 2026-03-06 14:00 would run",
    ],
    [
      { catchUp: "all", catchUpWindow: "90 minutes" },
      "Of what is missed, the latest 1000 occurrences not older than 90 minutes run.",
      "only Fri 2026-03-06 13:00 and Fri 2026-03-06 14:00 would run",
    ],
  ])("of %j says what becomes of missed occurrences, and of which", (options, words, outcome) => {
    expect(policyOf(hourly, options, "catchUp")).toBe(`${words} ${missed}, ${outcome}.`);
  });

  test("describes catch-up for a schedule with one occurrence, and with many per minute", () => {
    const once = at("2026-04-01T00:00:00Z");
    expect(policyOf(once, {}, "catchUp")).toMatch(/Were Wed 2026-04-01 00:00 missed, it would run\.$/);
    expect(policyOf(once, { catchUp: "none" }, "catchUp")).toMatch(/missed, it would not run\.$/);
    expect(policyOf(every("1 second"), {}, "catchUp")).toMatch(
      /missed, only Fri 2026-03-06 12:00:02 would run\.$/,
    );
  });

  test.each([
    ["allow", "runs beside it"],
    ["skip", "occurrences are skipped"],
    ["buffer-one", "one occurrence waits for its turn"],
    ["cancel-running", "cancels the earlier run"],
    ["cancel-new", "become cancelled runs"],
  ] as const)("says of overlap %s: %s", (overlap, words) => {
    expect(policyOf(hourly, { overlap }, "overlap")).toContain(words);
  });

  test("describes catchUp and overlap by default, and no policy of a rule without a schedule", () => {
    expect(explainSchedule(hourly).policies.map(({ about }) => about)).toEqual(["catchUp", "overlap"]);
    expect(explain(hourly, { from, count: 1 }).policies).toEqual([]);
  });

  test("says when each occurrence starts under a jitter", () => {
    const jitter = { jitter: "10 minutes" } as const;
    const { fires } = explainSchedule(hourly, jitter);
    for (const { at, starts } of fires) {
      const startsAt = Date.parse(at) + jitterOf(schedulePolicy(jitter), "nightly", Date.parse(at));
      expect(starts).toEqual({
        at: new Date(startsAt).toISOString(),
        local: localClock("UTC")(startsAt).local,
      });
    }
    expect(policyOf(hourly, jitter, "jitter")).toContain("up to 10 minutes after it is due");
    expect(explainSchedule(hourly).fires[0]).not.toHaveProperty("starts");
  });

  test("says how many deaths pause it", () => {
    expect(policyOf(hourly, { pauseAfterDeaths: 1 }, "pauseAfterDeaths")).toContain(
      "when a run of it has died",
    );
    expect(policyOf(hourly, { pauseAfterDeaths: 5 }, "pauseAfterDeaths")).toContain(
      "when 5 runs of it in a row have died",
    );
  });

  test("describes minInterval after the effects of clock changes", () => {
    const limit = { minInterval: "90 minutes" } as const;
    const { fires } = explainSchedule(hourly, limit, 4);
    expect(fires.map(({ isTooSoon }) => isTooSoon)).toEqual([undefined, true, undefined, true]);
    expect(fires[1]?.notes).toEqual(["too soon: skipped"]);
    expect(policyOf(hourly, limit, "minInterval")).toContain("less than 90 minutes after");
    const night = cron("30 1,3 * * *", "America/New_York").withDst({ gap: "skip" });
    const atNight = explain(night, {
      from: Date.parse("2026-03-08T00:00:00Z"),
      count: 2,
      schedule: { name: "nightly", policy: schedulePolicy({ minInterval: "2 hours" }) },
    });
    expect(atNight.fires[1]?.notes).toEqual(["clocks change this day", "too soon: skipped"]);
  });
});

describe("a local time", () => {
  test.each([
    ["America/New_York", "EDT -04:00"],
    ["Europe/London", "BST +01:00"],
    ["Europe/Madrid", "CEST +02:00"],
    ["Australia/Sydney", "AEST +10:00"],
    ["UTC", "UTC +00:00"],
    ["Asia/Kolkata", "undefined +05:30"],
  ])("in %s has the name that English gives it, and its offset: %s", (zone, expected) => {
    const { abbreviation, offset } = localClock(zone)(Date.UTC(2026, 6, 1));
    expect(`${abbreviation} ${offset}`).toBe(expected);
  });

  test("has odd seconds where a zone had them", () => {
    expect(localClock("Africa/Monrovia")(0)).toMatchObject({
      local: "1969-12-31 23:15:30",
      offset: "-00:44:30",
    });
  });
});
