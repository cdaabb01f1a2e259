import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { every } from "../../../shared/core/rules/rule.ts";
import { auditLedger, resolveOccurrences } from "../../../shared/core/schedules/audit.ts";
import { type LedgerEntry, skippedByWorker } from "../../../shared/core/schedules/ledger-entry.ts";
import { now } from "../runs/any-run.ts";
import { dueIn, hour, minute, second } from "./dispatching.ts";

const hourly = every("1 hour");
/** Instants of an hourly schedule, by number. */
const h = (...hours: readonly number[]): number[] => hours.map((n) => now + n * hour);
const due = h(0, 1, 2, 3, 4, 5);

/** From the first to the last of some instants. */
const span = (all: readonly number[]) => ({ from: all[0] ?? now, until: (all.at(-1) ?? now) + 1 });
const range = span(due);

const entry = (more: Partial<LedgerEntry>): LedgerEntry => ({
  schedule: "s",
  at: now,
  recordedBy: "dispatcher",
  recordedAt: now,
  fired: [],
  caughtUp: 0,
  skipped: [],
  ...more,
});

const runAt = (dueAt: number) => ({ id: "beat:it", job: "beat", dueAt, generation: 1 });

const skip = (from: number, to: number, reason = "missed") => ({
  from: now + from * hour,
  to: now + to * hour,
  count: to - from + 1,
  reason,
});

describe("an audit", () => {
  test("of a whole ledger finds nothing", () => {
    const entries = [entry({ fired: h(0, 1) }), entry({ skipped: [skip(2, 4)] }), entry({ fired: h(5) })];
    expect(auditLedger(due, entries, range)).toEqual({
      due: 6,
      fired: 3,
      skipped: 3,
      missing: [],
      unexpected: [],
    });
  });

  test("names every instant without a ledger entry", () => {
    const entries = [entry({ fired: h(1), skipped: [skip(3, 4)] })];
    expect(auditLedger(due, entries, range)).toEqual({
      due: 6,
      fired: 1,
      skipped: 2,
      missing: h(0, 2, 5),
      unexpected: [],
    });
    expect(auditLedger(due, [], range).missing).toEqual(due);
  });

  test("names what was fired in its range and is not due, unless a worker has skipped it", () => {
    const odd = [now - hour, now + 30 * minute, now + 90 * minute, now + 6 * hour];
    const entries = [entry({ fired: [...due, ...odd.toReversed()] })];
    expect(auditLedger(due, entries, range).unexpected).toEqual([now + 30 * minute, now + 90 * minute]);
    const wide = { from: now - hour, until: now + 6 * hour };
    expect(auditLedger([], entries, wide).unexpected).toEqual(
      [now - hour, ...due, ...odd.slice(1, 3)].toSorted(),
    );
    const skip = skippedByWorker(runAt(now + 30 * minute), "s", now, "edited");
    expect(auditLedger(due, [...entries, skip], range).unexpected).toEqual([now + 90 * minute]);
  });

  test("has nothing to say of a range in which nothing is due", () => {
    const nothing = { due: 0, fired: 0, skipped: 0, missing: [], unexpected: [] };
    expect(auditLedger([], [entry({ skipped: [skip(2, 3)] })], range)).toEqual(nothing);
  });

  test("understands skips that lie in one another, touch, or reach beyond", () => {
    const skipped = [skip(3, 3), skip(1, 4), skip(2, 2), skip(-9, 0)];
    expect(auditLedger(due, [entry({ skipped })], range)).toMatchObject({ skipped: 5, missing: h(5) });
    expect(auditLedger(due, [entry({ skipped: [skip(-9, 99)] })], range)).toMatchObject({
      skipped: 6,
      missing: [],
    });
  });

  test("counts an instant once: as skipped by its worker, else as fired, else as skipped", () => {
    const entries = [
      entry({ fired: h(0, 1), skipped: [skip(1, 3)] }),
      skippedByWorker(runAt(now), "s", now, "overlap"),
      skippedByWorker(runAt(now + 5 * hour), "s", now, "overlap"),
    ];
    expect(auditLedger(due, entries, range)).toMatchObject({ fired: 1, skipped: 4, missing: h(4) });
  });

  test("agrees with the slow way of doing it", () => {
    const anySkip = fc.tuple(fc.integer({ min: -2, max: 30 }), fc.nat(6)).map(([at, n]) => skip(at, at + n));
    const anyEntry = fc.record({
      by: fc.constantFrom("dispatcher" as const, "operator" as const, "worker" as const),
      fired: fc.array(fc.integer({ min: 0, max: 30 }).map((n) => now + n * hour)),
      skipped: fc.array(anySkip, { maxLength: 4 }),
    });
    const all = h(...Array.from({ length: 25 }, (_, i) => i));
    fc.assert(
      fc.property(fc.array(anyEntry.map(entry), { maxLength: 6 }), (entries) => {
        const { fired, skipped, missing } = auditLedger(all, entries, span(all));
        const isHole = (at: number) =>
          entries.every(
            (one) => !one.fired.includes(at) && one.skipped.every((s) => at < s.from || at > s.to),
          );
        expect(missing).toEqual(all.filter(isHole));
        expect(fired + skipped + missing.length).toBe(all.length);
      }),
    );
  });

  test("of a hundred thousand instants and ten thousand skips takes no time to speak of", () => {
    const many = Array.from({ length: 100_000 }, (_, i) => now + i * second);
    const entries = Array.from({ length: 10_000 }, (_, i) =>
      entry({ skipped: [{ from: now + i * 10_000, to: now + i * 10_000 + 8_000, count: 9, reason: "" }] }),
    );
    const started = performance.now();
    expect(auditLedger(many, entries, span(many))).toMatchObject({ skipped: 90_000, fired: 0 });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("a history", () => {
  test("knows of which job the run was", () => {
    const [record] = resolveOccurrences([entry({ fired: [now], job: "beat" })], () => []);
    expect(record).toMatchObject({ at: now, outcome: "fired", job: "beat" });
  });

  const resolve = (...entries: readonly LedgerEntry[]) =>
    resolveOccurrences(entries, (from, to) => dueIn(hourly, from, to));

  test("has one line per instant, the newest first", () => {
    const lines = resolve(
      entry({ recordedAt: now + 3 * hour + 7, fired: h(2, 3), caughtUp: 1, skipped: [skip(0, 1)] }),
      entry({ at: now + 4 * hour, recordedAt: now + 3 * hour + 7, fired: h(4) }),
    );
    const recordedAt = now + 3 * hour + 7;
    expect(lines).toEqual([
      { at: now + 4 * hour, outcome: "fired", recordedAt, lateMs: 0 },
      { at: now + 3 * hour, outcome: "fired", recordedAt, lateMs: 7 },
      { at: now + 2 * hour, outcome: "caught-up", recordedAt, lateMs: hour + 7 },
      { at: now + hour, outcome: "skipped", recordedAt, reason: "missed" },
      { at: now, outcome: "skipped", recordedAt, reason: "missed" },
    ]);
    expect(resolve()).toEqual([]);
  });

  const fired = (more: Partial<LedgerEntry> = {}) => entry({ fired: h(0), ...more });
  const skipped = (reason: string, more: Partial<LedgerEntry> = {}) =>
    entry({ skipped: [skip(0, 0, reason)], ...more });
  const atWork = (reason: string, recordedAt: number) => skippedByWorker(runAt(now), "s", recordedAt, reason);

  test("takes a worker's entry without a generation for one of the first", () => {
    const { generation: _, ...old } = atWork("overlap", now + 1);
    const later = { ...atWork("paused: a", now), generation: 2 };
    for (const recordedAt of [now, now + 2])
      expect(resolve(old, { ...later, recordedAt })).toMatchObject([
        { outcome: "skipped", reason: "paused: a" },
      ]);
    expect(resolve(old)).toMatchObject([{ outcome: "skipped", reason: "overlap" }]);
  });

  test.each<[string, readonly LedgerEntry[], object]>([
    [
      "a worker, whose run came to nothing, more than the dispatcher that sent it",
      [atWork("overlap", now + 1), fired({ recordedAt: now + 2 })],
      { outcome: "skipped", reason: "overlap" },
    ],
    [
      "a worker more than an operator who made its run, whatever their clocks say",
      [atWork("overlap", now + 1), fired({ recordedBy: "operator", generation: 1, recordedAt: now + 2 })],
      { outcome: "skipped", reason: "overlap" },
    ],
    [
      "an operator who requeues it after its worker skipped it",
      [
        fired({ recordedAt: now }),
        atWork("overlap", now + 2 * hour),
        fired({ recordedBy: "operator", generation: 2, recordedAt: now + hour, caughtUp: 1 }),
      ],
      { outcome: "caught-up", lateMs: hour },
    ],
    [
      "the run of another job that was planned for it since",
      [
        fired({ job: "beat", version: 1, recordedAt: now + 4 }),
        atWork("edited", now + 3),
        fired({ job: "drum", version: 2, recordedAt: now + 2 }),
      ],
      { outcome: "fired", job: "drum" },
    ],
    [
      "of two workers, who was the last",
      [atWork("paused: a", now + 2), atWork("overlap", now + 1)],
      { outcome: "skipped", reason: "paused: a", recordedAt: now + 2 },
    ],
    [
      "the entry that fired it over a later one that skipped it",
      [fired({ recordedAt: now + 1 }), skipped("missed", { recordedAt: now + 2 })],
      { outcome: "fired", recordedAt: now + 1 },
    ],
    [
      "an operator who ran what was skipped",
      [skipped("missed"), fired({ recordedBy: "operator", recordedAt: now + hour, caughtUp: 1 })],
      { outcome: "caught-up", lateMs: hour },
    ],
    [
      "who made its run, not who found it made",
      [
        fired({ recordedBy: "operator", recordedAt: now + hour, caughtUp: 1 }),
        fired({ recordedAt: now + 5 }),
      ],
      { outcome: "fired", lateMs: 5 },
    ],
    [
      "the last of two entries that skip it",
      [
        skipped("paused: b", { recordedBy: "operator", recordedAt: now + 9 }),
        skipped("missed", { recordedAt: now + 1 }),
      ],
      { outcome: "skipped", reason: "paused: b" },
    ],
  ])("believes %s", (_, entries, line) => {
    expect(resolve(...entries)).toMatchObject([{ at: now, ...line }]);
    expect(resolve(...entries.toReversed())).toEqual(resolve(...entries));
  });
});
