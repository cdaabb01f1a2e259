import { expect, test } from "@jest/globals";
import { type LedgerEntry, skippedByWorker } from "../../core/schedules/ledger-entry.ts";
import type { LedgerQuery } from "../../ports/index.ts";
import type { GetFixture } from "./fixture.ts";
import { aSchedule, many } from "./rows.ts";

const minuteMs = 60_000;

/** What became of a schedule's instants. */
export const ledgers = (outside: GetFixture): void => {
  /** The start of this minute: entries live as long as runs, so they must be of today. */
  const start = (): number => Math.floor(outside().ports.clock.now() / minuteMs) * minuteMs;

  const anEntry = (at: number, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
    schedule: "nightly",
    at,
    recordedBy: "dispatcher",
    recordedAt: start(),
    fired: [at],
    caughtUp: 0,
    skipped: [],
    ...more,
  });

  const entries = (count: number, more: Partial<LedgerEntry> = {}): readonly LedgerEntry[] =>
    many(count, (i) => anEntry(start() + i * minuteMs, more));

  const told = (query: LedgerQuery, name = "nightly") => outside().ports.ledger.list(name, query);

  test("is told newest first, up to a limit, of one schedule", async () => {
    const { schedules, ledger, notes } = outside().ports;
    const written = entries(30);
    await schedules.create([aSchedule("nightly")]);
    await notes.swap("nightly", "running", undefined, "greet:a");
    await ledger.record([...written, ...entries(3, { schedule: "nightly-eu" })]);
    expect(await told({ limit: 100 })).toEqual(written.toReversed());
    expect(await told({ limit: 2 })).toEqual(written.toReversed().slice(0, 2));
    expect(await told({ limit: 100 }, "night")).toEqual([]);
  });

  test("is told from an instant on, and until just before another", async () => {
    await outside().ports.ledger.record(entries(10));
    const minutes = async (query: Omit<LedgerQuery, "limit">) =>
      (await told({ ...query, limit: 100 })).map(({ at }) => (at - start()) / minuteMs);
    const [third, sixth] = [start() + 3 * minuteMs, start() + 6 * minuteMs];
    expect(await minutes({ from: third, until: sixth })).toEqual([5, 4, 3]);
    expect(await minutes({ from: third + 1, until: sixth + 1 })).toEqual([6, 5, 4]);
    expect(await minutes({ from: sixth })).toEqual([9, 8, 7, 6]);
    expect(await minutes({ until: third })).toEqual([2, 1, 0]);
    expect(await minutes({ from: third, until: third })).toEqual([]);
    expect(await minutes({ from: sixth, until: third })).toEqual([]);
  });

  test("keeps what workers record of two runs of one instant at the same moment", async () => {
    const { ledger } = outside().ports;
    const at = start();
    const entryOf = (job: string) =>
      skippedByWorker(
        { id: `${job}:nightly@it`, job, dueAt: at, generation: 1 },
        "nightly",
        at + 1,
        "edited",
      );
    await ledger.record([entryOf("bill")]);
    await ledger.record([entryOf("beat")]);
    const jobs = (await told({ from: at, until: at + 1, limit: 100 })).map(({ job }) => job);
    expect(jobs.toSorted()).toEqual(["beat", "bill"]);
  });

  test("keeps the words of several tellers of one instant", async () => {
    const { ledger } = outside().ports;
    const at = start();
    const [dispatcher, operator] = [anEntry(at), anEntry(at, { recordedBy: "operator" })];
    const worker = skippedByWorker(
      { id: "beat:it", job: "beat", dueAt: at, generation: 1 },
      "nightly",
      at + 1,
      "overlap",
    );
    await ledger.record([worker, dispatcher]);
    await ledger.record([operator]);
    expect(await told({ from: at, until: at + 1, limit: 100 })).toEqual([worker, operator, dispatcher]);
    expect(await told({ until: at, limit: 100 })).toEqual([]);
    expect(await told({ from: at + 1, limit: 100 })).toEqual([]);
  });

  test("an entry written again is one entry, also within one call", async () => {
    const { ledger } = outside().ports;
    const at = start();
    await ledger.record([anEntry(at), anEntry(at)]);
    await ledger.record([anEntry(at)]);
    expect(await told({ limit: 10 })).toEqual([anEntry(at)]);
  });

  test("keeps two entries of one millisecond that say different things", async () => {
    const { ledger } = outside().ports;
    const at = start();
    const skipped = [{ from: at, to: at, count: 1, reason: "missed" }];
    const late = anEntry(at, { fired: [], skipped });
    await ledger.record([anEntry(at)]);
    await ledger.record([late]);
    const kept = await told({ limit: 10 });
    expect(kept).toHaveLength(2);
    expect(kept).toEqual(expect.arrayContaining([anEntry(at), late]));
  });

  test("who is late and knows less takes nothing away", async () => {
    const { ledger } = outside().ports;
    const at = start();
    const long = anEntry(at, { recordedAt: at + 1, fired: [at, at + minuteMs, at + 2 * minuteMs] });
    await ledger.record([long]);
    await ledger.record([anEntry(at)]);
    expect(await told({ limit: 10 })).toEqual([long, anEntry(at)]);
  });

  test("an entry of many instants and skips comes back as it was told", async () => {
    const { ledger } = outside().ports;
    const at = start();
    const skips = many(50, (i) => ({
      from: at + i,
      to: at + i,
      count: 1,
      reason: "too soon after the last",
    }));
    const fired = [...many(100, (i) => at + 100 + i)];
    const entry = anEntry(at, { fired, caughtUp: 7, skipped: [...skips] });
    await ledger.record([entry]);
    expect(await told({ limit: 10 })).toEqual([entry]);
  });

  test("more entries than one request takes are all kept", async () => {
    const written = entries(60);
    await outside().ports.ledger.record(written);
    expect(await told({ limit: 100 })).toEqual(written.toReversed());
  });
};
