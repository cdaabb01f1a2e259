import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DefinitionError } from "../../../../shared/core/errors.ts";
import { anyOf } from "../../../../shared/core/rules/cron/combine.ts";
import { compile } from "../../../../shared/core/rules/cron/compile.ts";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { parseExpression } from "../../../../shared/core/rules/cron/expression.ts";
import { parseRule } from "../../../../shared/core/rules/cron/parse-rule.ts";
import { previous } from "../../../../shared/core/rules/cron/previous.ts";
import { cases } from "../../../cases.ts";
import { anyUnit } from "../../runs/any-run.ts";
import { arbitraryCron, arbitraryInstant, arbitraryZone } from "./arbitrary.ts";
import { readWall } from "./wall-clock.ts";

const arbitraryRule = fc
  .tuple(arbitraryCron, arbitraryZone)
  .map(([expression, zone]) => ({ expression, rule: cron(expression.text, zone, { allowNever: true }) }));

test("P1: what is next is later, also inside a repeated period", () => {
  const repeatedHour = fc.date({
    min: new Date("2025-11-02T05:00:00Z"),
    max: new Date("2025-11-02T07:00:00Z"),
    noInvalidDate: true,
  });
  const holds = fc.property(arbitraryCron, repeatedHour, ({ text }, after) => {
    const due = cron(text, "America/New_York", { allowNever: true }).next(after);
    expect(due === undefined || due > after).toBe(true);
  });
  fc.assert(holds, cases(500));
});

test("P2: from any second before it, the same instant is next", () => {
  const holds = fc.property(
    arbitraryRule,
    arbitraryInstant,
    fc.double({ min: 0, max: 1, noNaN: true }),
    (...args) => {
      const [{ rule }, after, part] = args;
      const due = rule.next(after);
      fc.pre(due !== undefined);
      const between = new Date(after.getTime() + Math.floor((due.getTime() - 1 - after.getTime()) * part));
      expect(rule.next(between)).toEqual(due);
    },
  );
  fc.assert(holds, cases(500));
});

describe("P5: an answer takes less than 100 ms", () => {
  test("for any expression in any zone", () => {
    const holds = fc.property(arbitraryRule, arbitraryInstant, ({ rule }, after) => {
      expect(leastMs(() => rule.next(after))).toBeLessThan(100);
    });
    fc.assert(holds, cases(200));
  });

  test.each(["0 0 30 2 *", "0 0 0 29 2 * 2100", "0 0 31W 2 *", "0 0 0 29 2 */7 2199", "0 0 * 2 1#5"])(
    "for %s, which is never or hardly ever due",
    (text) => {
      const rule = cron(text, "America/Havana", { allowNever: true });
      expect(leastMs(() => rule.next(new Date("2025-01-01T00:00:00Z")))).toBeLessThan(100);
    },
  );
});

describe("P6: any text is a rule or a DefinitionError, within 50 ms", () => {
  const outcome = (text: string, zone?: string) => {
    try {
      return typeof parseRule(text, zone).text;
    } catch (error) {
      return error instanceof DefinitionError ? "string" : error;
    }
  };
  const cronLike = fc.string({ unit: fc.constantFrom(..."0159*/-,LW#?@ ()cronateMON\t"), maxLength: 300 });

  test("of a few hundred characters", () => {
    const texts = fc.oneof(cronLike, fc.string({ unit: anyUnit, maxLength: 300 }));
    const holds = fc.property(texts, (text) => {
      expect(outcome(text)).toBe("string");
    });
    fc.assert(holds, cases(1_000));
  });

  test("as a zone", () => {
    const holds = fc.property(fc.string({ maxLength: 40 }), (zone) => {
      expect(outcome("@daily", zone)).toBe("string");
    });
    fc.assert(holds, cases(50));
  });

  test.each(["*", "1,", "*/", "every ", " ", "(", "@", "\n", "é", "x/"])(
    "of a million characters of %j",
    (part) => {
      const text = part.repeat(1_000_000 / part.length);
      expect(outcome(text)).toBe("string");
      expect(leastMs(() => outcome(text))).toBeLessThan(50);
      expect(leastMs(() => outcome("@daily", text))).toBeLessThan(50);
    },
  );
});

test("P7: a rule's text is read as the same rule again", () => {
  const holds = fc.property(arbitraryRule, ({ expression, rule }) => {
    expect(compile(parseExpression(rule.text))).toEqual(compile(parseExpression(expression.text)));
    expect(cron(rule.expression, rule.zone, { allowNever: true }).text).toBe(rule.expression);
  });
  fc.assert(holds, cases(200));
});

test("P8: away from changes of the clocks, each instant shows a matching time on its wall", () => {
  const holds = fc.property(arbitraryCron, arbitraryInstant, (expression, after) => {
    const due = cron(expression.text, "Asia/Kolkata", { allowNever: true }).next(after);
    fc.pre(due !== undefined);
    const wall = readWall(due.getTime() / 60_000 + 330);
    expect(expression.matchesTime(wall) && expression.matchesDay(wall)).toBe(true);
  });
  fc.assert(holds, cases(500));
});

test("P9: an instant is due once, by however many fields or rules", () => {
  const holds = fc.property(arbitraryRule, arbitraryRule, (one, other) => {
    const rule = anyOf(one.rule, other.rule, one.rule);
    const due: number[] = [];
    let next = rule.next(new Date("2025-03-01T00:00:00Z"));
    while (next && due.length < 50) {
      due.push(next.getTime());
      next = rule.next(next);
    }
    expect(due).toEqual([...new Set(due)].sort((a, b) => a - b));
  });
  fc.assert(holds, cases(100));
});

test("P10: the instant before the next one is not after where the search began", () => {
  const holds = fc.property(arbitraryRule, arbitraryInstant, ({ rule }, after) => {
    const due = rule.next(after);
    fc.pre(due !== undefined);
    const last = previous(rule, due);
    expect(last === undefined || last <= after).toBe(true);
    expect(last && rule.next(last)).toEqual(last && due);
  });
  fc.assert(holds, cases(200));
});

/** The best of three: a machine may be busy with something else, our code may not. */
const leastMs = (act: () => unknown): number =>
  Math.min(
    ...[1, 2, 3].map(() => {
      const start = performance.now();
      act();
      return performance.now() - start;
    }),
  );
