import { describe, expect, test } from "@jest/globals";
import { replaceEntry } from "../../pipeline/support/altered-ledger.ts";
import { minute } from "../../pipeline/support/pipeline-harness.ts";
import { createTypedCli as cli } from "../support/run-cli.ts";

describe("millrace schedules history", () => {
  test("lists every occurrence with its run, or with the reason why it did not run", async () => {
    const { pipeline, runLine } = cli();
    expect((await runLine("schedules history often")).out).toBe("No occurrence has been due yet.\n");
    await pipeline.reconcile();
    await pipeline.tick();
    await pipeline.clock.advance(60 * minute);
    await pipeline.tick();
    await pipeline.drain();
    expect((await runLine("schedules history often --limit 14")).out).toMatchInlineSnapshot(`
"DUE                   OUTCOME       LATE  RUN OR REASON
2026-01-01 01:02:00Z  sent                scripted:often@2026-01-01T01:02:00Z
2026-01-01 01:01:30Z  sent                scripted:often@2026-01-01T01:01:30Z
2026-01-01 01:01:00Z  sent                scripted:often@2026-01-01T01:01:00Z
2026-01-01 01:00:30Z  sent                scripted:often@2026-01-01T01:00:30Z
2026-01-01 01:00:00Z  fired       100 ms  scripted:often@2026-01-01T01:00:00Z
2026-01-01 00:59:30Z  fired         30 s  scripted:often@2026-01-01T00:59:30Z
2026-01-01 00:59:00Z  fired        1 min  scripted:often@2026-01-01T00:59:00Z
2026-01-01 00:58:30Z  fired      1.5 min  scripted:often@2026-01-01T00:58:30Z
2026-01-01 00:58:00Z  fired        2 min  scripted:often@2026-01-01T00:58:00Z
2026-01-01 00:57:30Z  caught up  2.5 min  scripted:often@2026-01-01T00:57:30Z
2026-01-01 00:57:00Z  skipped             missed: the pipeline was not running
2026-01-01 00:56:30Z  skipped             missed: the pipeline was not running
2026-01-01 00:56:00Z  skipped             missed: the pipeline was not running
2026-01-01 00:55:30Z  skipped             missed: the pipeline was not running
"
`);
    expect(JSON.parse((await runLine("schedules history often --limit 5 --json")).out).times[4]).toEqual({
      at: "2026-01-01T01:00:00.000Z",
      outcome: "fired",
      firedAt: "2026-01-01T01:00:00.100Z",
      lateMs: 100,
      run: "scripted:often@2026-01-01T01:00:00Z",
      state: "succeeded",
    });
  });

  test("shows why a run never started", async () => {
    const { pipeline, runLine } = cli();
    await pipeline.reconcile();
    await pipeline.tick();
    await runLine("runs cancel scripted:often@2026-01-01T00:00:30Z");
    await pipeline.live(2 * minute);
    const { out } = await runLine("schedules history often");
    expect(out).toMatch(
      /00:00:30Z +cancelled +scripted:often@2026-01-01T00:00:30Z\n {2}cancelled by an operator\n/,
    );
  });
});

describe("millrace schedules audit", () => {
  const lived = async () => {
    const audited = cli();
    await audited.pipeline.reconcile();
    await audited.pipeline.live(4 * minute);
    return audited;
  };

  test("exits with 0 when every due occurrence is in the ledger", async () => {
    const { runLine } = await lived();
    const { code, out, err } = await runLine("schedules audit");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatchInlineSnapshot(`
"SCHEDULE  FROM                  UNTIL                 DUE  FIRED  SKIPPED  MISSING
nightly   2026-01-01 00:00:00Z  2026-01-01 00:03:00Z    0      0        0        0
often     2026-01-01 00:00:00Z  2026-01-01 00:03:00Z    6      6        0        0
"
`);
  });

  test("exits with 1 and lists the missing entry when the ledger is incomplete", async () => {
    const { pipeline, runLine } = await lived();
    const { ledger } = pipeline.ports;
    const entries = await ledger.list("often", { limit: 100 });
    const [entry] = entries.filter(({ recordedBy }) => recordedBy === "dispatcher").slice(-2);
    if (!entry) throw new Error("the dispatcher recorded nothing");
    replaceEntry(ledger, entry, { ...entry, fired: entry.fired.slice(-1) });
    const { code, out, err } = await runLine("schedules audit often --from 2026-01-01T00:01:00Z");
    expect({ code, err }).toEqual({ code: 1, err: "millrace: audit failed for often\n" });
    expect(out).toMatchInlineSnapshot(`
"SCHEDULE  FROM                  UNTIL                 DUE  FIRED  SKIPPED  MISSING
often     2026-01-01 00:01:00Z  2026-01-01 00:03:00Z    4      3        0        1
often: no ledger entry for 2026-01-01 00:02:30Z
"
`);
    const json = await runLine("schedules audit often --json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out).schedules[0].missing).toEqual([new Date(entry.at).toISOString()]);
  });

  test("says that a fixed-delay rule is not audited", async () => {
    const { runLine } = await lived();
    await runLine('schedules create rye --job scripted --rule "every 1 minute fixed-delay" --input {}');
    const { code, out, err } = await runLine("schedules audit");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /\nrye\n {2}not audited: its rule counts from the end of each run; see its history\n/,
    );
    const alone = await runLine("schedules audit rye");
    expect(alone).toMatchObject({ code: 2, out: "" });
    expect(alone.err).toContain('schedule "rye": expected a rule whose times can be computed afterwards');
  });

  test("exits with 1 when a ledger cannot be read", async () => {
    const { context, runLine } = await lived();
    const { list } = context.ports.ledger;
    const ledger = {
      ...context.ports.ledger,
      list: async (...asked: Parameters<typeof list>) => {
        if (asked[0] === "often") throw new Error("the store is busy");
        return await list(...asked);
      },
    };
    const connect = async () => ({
      context: { ...context, ports: { ...context.ports, ledger } },
      pipeline: { stage: "local", chosenBy: "--stage" } as const,
    });
    const { code, out, err } = await runLine("schedules audit", { connect });
    expect({ code, err }).toEqual({ code: 1, err: "millrace: audit failed for often\n" });
    expect(out).toMatch(/\noften\n {2}not audited: the store is busy\n/);
  });

  test("reports a later start for a schedule whose rule was edited", async () => {
    const { pipeline, runLine } = await lived();
    await runLine('schedules create rye --job scripted --rule "every 1 minute" --input {}');
    await pipeline.live(4 * minute);
    await runLine('schedules edit rye --rule "every 2 minutes"');
    await pipeline.live(4 * minute);
    const note = /^rye: audited only from 2026-01-01 00:0\d:\d\dZ, when its current rule began$/m;
    const { code, out } = await runLine("schedules audit --from 2026-01-01T00:00:00Z");
    expect(code).toBe(0);
    expect(out).toMatch(note);
    expect((await runLine("schedules audit rye")).out).not.toMatch(note);
  });

  test.each([
    [
      "--from 2026-01-01T00:02:00Z --until 2026-01-01T00:01:00Z",
      "before --until, 2026-01-01T00:01:00Z, got 2026-01-01T00:02:00Z; choose an earlier one",
    ],
    [
      "--from 2026-01-02T00:00:00Z",
      "before now, 2026-01-01T00:04:00.000Z, got 2026-01-02T00:00:00Z; choose an earlier one",
    ],
  ])("refuses a range that ends before it starts: %s", async (range, problem) => {
    const { runLine } = await lived();
    expect(await runLine(`schedules audit ${range}`)).toEqual({
      code: 2,
      out: "",
      err: `millrace: --from: expected an instant ${problem}\n`,
    });
  });
});
