import { expect, test } from "@jest/globals";
import { type LedgerEntry, skippedByWorker } from "../../core/schedules/ledger-entry.ts";
import type { LedgerQuery } from "../../ports/index.ts";
import type { GetFixture } from "./fixture.ts";
import { aSchedule, many } from "./rows.ts";

const minuteMs = 60_000;

/** Tests of the ledger of a schedule. */
export const ledgers = (fixture: GetFixture): void => {
  /** The start of this minute: entries expire like runs, so they must be recent. */
  const start = (): number => Math.floor(fixture().ports.clock.now() / minuteMs) * minuteMs;

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

  const list = (query: LedgerQuery, name = "nightly") => fixture().ports.ledger.list(name, query);

  test("lists the entries of one schedule newest first, up to a limit", async () => {
    const { schedules, ledger, notes } = fixture().ports;
    const written = entries(30);
    await schedules.create([aSchedule("nightly")]);
    await notes.swap("nightly", "running", undefined, "greet:a");
    await ledger.record([...written, ...entries(3, { schedule: "nightly-eu" })]);
    expect(await list({ limit: 100 })).toEqual(written.toReversed());
    expect(await list({ limit: 2 })).toEqual(written.toReversed().slice(0, 2));
    expect(await list({ limit: 100 }, "night")).toEqual([]);
  });

  test("lists the entries from an instant on, and until just before another", async () => {
    await fixture().ports.ledger.record(entries(10));
    const minutes = async (query: Omit<LedgerQuery, "limit">) =>
      (await list({ ...query, limit: 100 })).map(({ at }) => (at - start()) / minuteMs);
    const [third, sixth] = [start() + 3 * minuteMs, start() + 6 * minuteMs];
    expect(await minutes({ from: third, until: sixth })).toEqual([5, 4, 3]);
    expect(await minutes({ from: third + 1, until: sixth + 1 })).toEqual([6, 5, 4]);
    expect(await minutes({ from: sixth })).toEqual([9, 8, 7, 6]);
    expect(await minutes({ until: third })).toEqual([2, 1, 0]);
    expect(await minutes({ from: third, until: third })).toEqual([]);
    expect(await minutes({ from: sixth, until: third })).toEqual([]);
  });

  test("keeps the entries that workers record at the same moment for two runs of one instant", async () => {
    const { ledger } = fixture().ports;
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
    const jobs = (await list({ from: at, until: at + 1, limit: 100 })).map(({ job }) => job);
    expect(jobs.toSorted()).toEqual(["beat", "bill"]);
  });

  test("keeps the entries of several writers for one instant", async () => {
    const { ledger } = fixture().ports;
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
    expect(await list({ from: at, until: at + 1, limit: 100 })).toEqual([worker, operator, dispatcher]);
    expect(await list({ until: at, limit: 100 })).toEqual([]);
    expect(await list({ from: at + 1, limit: 100 })).toEqual([]);
  });

  test("stores an entry once that is written twice, also within one call", async () => {
    const { ledger } = fixture().ports;
    const at = start();
    await ledger.record([anEntry(at), anEntry(at)]);
    await ledger.record([anEntry(at)]);
    expect(await list({ limit: 10 })).toEqual([anEntry(at)]);
  });

  test("keeps two different entries of one millisecond", async () => {
    const { ledger } = fixture().ports;
    const at = start();
    const skipped = [{ from: at, to: at, count: 1, reason: "missed" }];
    const late = anEntry(at, { fired: [], skipped });
    await ledger.record([anEntry(at)]);
    await ledger.record([late]);
    const kept = await list({ limit: 10 });
    expect(kept).toHaveLength(2);
    expect(kept).toEqual(expect.arrayContaining([anEntry(at), late]));
  });

  test("keeps a longer entry when a shorter one is written later", async () => {
    const { ledger } = fixture().ports;
    const at = start();
    const long = anEntry(at, { recordedAt: at + 1, fired: [at, at + minuteMs, at + 2 * minuteMs] });
    await ledger.record([long]);
    await ledger.record([anEntry(at)]);
    expect(await list({ limit: 10 })).toEqual([long, anEntry(at)]);
  });

  test("reads an entry with many instants and skips as it was written", async () => {
    const { ledger } = fixture().ports;
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
    expect(await list({ limit: 10 })).toEqual([entry]);
  });

  test("keeps more entries than fit into one request", async () => {
    const written = entries(60);
    await fixture().ports.ledger.record(written);
    expect(await list({ limit: 100 })).toEqual(written.toReversed());
  });
};
