import { describe, expect, test } from "@jest/globals";
import { minute } from "../pipeline/world.ts";
import { createTypedCli as cli } from "./cli.ts";

describe("millrace schedules history", () => {
  test("has a line for each time, and why it did not run", async () => {
    const { world, say } = cli();
    expect((await say("schedules history often")).out).toBe("Nothing was due yet.\n");
    await world.reconcile();
    await world.tick();
    await world.clock.advance(60 * minute);
    await world.tick();
    await world.drain();
    expect((await say("schedules history often --limit 14")).out).toMatchInlineSnapshot(`
"DUE                   FATE       FIRED                    LATE  RUN, OR WHY NOT
2026-01-01 01:02:00Z  sent                                      scripted:often@2026-01-01T01:02:00Z
2026-01-01 01:01:30Z  sent                                      scripted:often@2026-01-01T01:01:30Z
2026-01-01 01:01:00Z  sent                                      scripted:often@2026-01-01T01:01:00Z
2026-01-01 01:00:30Z  sent                                      scripted:often@2026-01-01T01:00:30Z
2026-01-01 01:00:00Z  fired      2026-01-01 01:00:00Z   100 ms  scripted:often@2026-01-01T01:00:00Z
2026-01-01 00:59:30Z  fired      2026-01-01 01:00:00Z     30 s  scripted:often@2026-01-01T00:59:30Z
2026-01-01 00:59:00Z  fired      2026-01-01 01:00:00Z    1 min  scripted:often@2026-01-01T00:59:00Z
2026-01-01 00:58:30Z  fired      2026-01-01 01:00:00Z  1.5 min  scripted:often@2026-01-01T00:58:30Z
2026-01-01 00:58:00Z  fired      2026-01-01 01:00:00Z    2 min  scripted:often@2026-01-01T00:58:00Z
2026-01-01 00:57:30Z  caught up  2026-01-01 01:00:00Z  2.5 min  scripted:often@2026-01-01T00:57:30Z
2026-01-01 00:57:00Z  skipped                                   missed: the pipeline was not running
2026-01-01 00:56:30Z  skipped                                   missed: the pipeline was not running
2026-01-01 00:56:00Z  skipped                                   missed: the pipeline was not running
2026-01-01 00:55:30Z  skipped                                   missed: the pipeline was not running
"
`);
    expect(JSON.parse((await say("schedules history often --limit 5 --json")).out).times[4]).toEqual({
      ...{ at: "2026-01-01T01:00:00.000Z", fate: "fired", firedAt: "2026-01-01T01:00:00.100Z", lateMs: 100 },
      ...{ run: "scripted:often@2026-01-01T01:00:00Z", state: "succeeded" },
    });
  });

  test("says of a run that never began why", async () => {
    const { world, say } = cli();
    await world.reconcile();
    await world.tick();
    await say("runs cancel scripted:often@2026-01-01T00:00:30Z");
    await world.live(2 * minute);
    const { out } = await say("schedules history often");
    expect(out).toMatch(
      /00:00:30Z +cancelled +scripted:often@2026-01-01T00:00:30Z: cancelled by an operator\n/,
    );
  });
});

describe("millrace schedules audit", () => {
  const lived = async () => {
    const audited = cli();
    await audited.world.reconcile();
    await audited.world.live(4 * minute);
    return audited;
  };

  test("answers with 0 when every due time is told of", async () => {
    const { say } = await lived();
    const { code, out, err } = await say("schedules audit");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatchInlineSnapshot(`
"SCHEDULE  FROM                  UNTIL                 DUE  FIRED  SKIPPED  HOLES
nightly   2026-01-01 00:00:00Z  2026-01-01 00:03:00Z    0      0        0      0
often     2026-01-01 00:00:00Z  2026-01-01 00:03:00Z    6      6        0      0
"
`);
  });

  test("answers with 1 when there is a hole, and names it", async () => {
    const { world, say } = await lived();
    const { schedules } = world.ports;
    const told = await schedules.ledger("often", { limit: 100 });
    const [torn] = told.filter(({ by }) => by === "dispatcher").slice(-2);
    if (!torn) throw new Error("nothing told");
    await schedules.record([{ ...torn, fired: torn.fired.slice(-1) }]);
    const { code, out, err } = await say("schedules audit often --from 2026-01-01T00:01:00Z");
    expect({ code, err }).toEqual({ code: 1, err: "millrace: the ledger is not proven whole: often\n" });
    expect(out).toMatchInlineSnapshot(`
"SCHEDULE  FROM                  UNTIL                 DUE  FIRED  SKIPPED  HOLES
often     2026-01-01 00:01:00Z  2026-01-01 00:03:00Z    4      3        0      1
often: nobody says what became of 2026-01-01 00:02:30Z
"
`);
    const json = await say("schedules audit often --json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out).schedules[0].holes).toEqual([new Date(torn.at).toISOString()]);
  });

  test("answers with 1 when one cannot be audited", async () => {
    const { say } = await lived();
    await say('schedules create rye --job scripted --rule "every 1 minute drifting" --input {}');
    const { code, out } = await say("schedules audit");
    expect(code).toBe(1);
    expect(out).toMatch(/\nrye\n {2}not audited: schedule "rye": expected a rule whose instants can be told/);
  });
});
