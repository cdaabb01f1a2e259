import { describe, expect, test } from "@jest/globals";
import { minute, second } from "../../pipeline/support/pipeline-harness.ts";
import { createTypedCli as cli } from "../support/run-cli.ts";

const create = 'schedules create rye --job scripted --rule "every 1 minute"';

describe("millrace schedules list", () => {
  test("lists rules with their next occurrences", async () => {
    const { pipeline, runLine } = cli();
    await pipeline.reconcile();
    expect((await runLine("schedules list")).out).toMatchInlineSnapshot(`
"SCHEDULE  RULE                     JOB       NEXT
nightly   0 3 * * * Europe/Madrid  scripted  2026-01-01 02:00:00Z  in 2 h, 26 h
often     every 30 seconds         scripted  2026-01-01 00:00:30Z  in 30 s, 1 min
"
`);
    const { out } = await runLine("schedules list --count 1 --json");
    expect(JSON.parse(out).schedules[1]).toMatchObject({ name: "often", next: ["2026-01-01T00:00:30.000Z"] });
  });

  test("marks schedules that are not deployed yet or paused", async () => {
    const { pipeline, runLine } = cli();
    expect((await runLine("schedules list")).out).toMatch(/often .* in 30 s, 1 min \(not deployed yet\)\n/);
    await pipeline.reconcile();
    await runLine("schedules pause often --reason storm");
    await runLine('schedules pause nightly --until "2 hours"');
    expect((await runLine("schedules list")).out).toMatchInlineSnapshot(`
"SCHEDULE  RULE                     JOB       NEXT
nightly   0 3 * * * Europe/Madrid  scripted  paused  by an operator; resumes in 2 h
often     every 30 seconds         scripted  paused  storm
"
`);
  });

  test("leaves out the instants on a narrow screen", async () => {
    const { pipeline, runLine } = cli();
    await pipeline.reconcile();
    const { out } = await runLine("schedules list", { columns: 70 });
    expect(out).toMatch(/\noften +every 30 seconds +scripted +in 30 s, 1 min\n/);
    expect(Math.max(...out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(70);
  });
});

describe("millrace schedules create, show, edit", () => {
  test("create a schedule, show it and change it", async () => {
    const { pipeline, runLine } = cli();
    const bread = 'schedules create bread --job scripted --rule "30 2 * * *" --zone Europe/Madrid --gap skip';
    const policy =
      '--catch-up all --overlap skip --jitter "1 minute" --pause-after-deaths 3 --min-interval "1 hour"';
    const { code, out } = await runLine(`${bread} ${policy} --end 2027-01-01T00:00:00Z --input -`, {
      stdin: '{"value":{"flour":"rye"}}',
    });
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
"Created bread: scripted, 30 2 * * * Europe/Madrid.
Next: 2026-01-01 01:30:00Z, in 2 h, 26 h.
"
`);
    expect((await runLine("schedules show bread")).out).toMatchInlineSnapshot(`
"bread  active
  job          scripted
  lane         normal
  rule         30 2 * * * Europe/Madrid
  dst          gap skip, overlap first
  end          2027-01-01 00:00:00Z  in 365 d
  next         2026-01-01 01:30:00Z  in 2 h, 26 h
  defined      at run time
  catch up     all within 1 week, up to 1000
  overlap      skip
  jitter       up to 1 minute
  auto-pause   after 3 deaths in a row
  min interval 1 hour
  input        {"value":{"flour":"rye"}}
"
`);
    expect(
      (await runLine('schedules edit bread --rule "45 2 * * *" --overlap-dst both')).out,
    ).toMatchInlineSnapshot(`
"Changed bread: scripted, 45 2 * * * Europe/Madrid.
Next: 2026-01-01 01:45:00Z, in 2 h, 26 h.
"
`);
    expect(JSON.parse((await runLine("schedules show bread --json")).out)).toMatchObject({
      dst: { gap: "skip", overlap: "both" },
      policy: { pauseAfterDeaths: 3, overlap: "skip" },
      input: { value: { flour: "rye" } },
    });
    expect(await pipeline.ports.schedules.all()).toHaveLength(1);
    expect(
      (await runLine("schedules edit bread --tz none --end none --pause-after-deaths none --catch-up none"))
        .out,
    ).toContain("Changed bread: scripted, 45 2 * * * UTC.\n");
    const after = JSON.parse((await runLine("schedules show bread --json")).out);
    expect(after.policy).toMatchObject({ catchUp: "none", minInterval: "1 hour" });
    expect(after).not.toHaveProperty("end");
    expect(after.policy).not.toHaveProperty("pauseAfterDeaths");
  });

  test("combine rules and exclude days", async () => {
    const { runLine } = cli();
    const open =
      'schedules create shop --job scripted --input {} --rule "0 9 * * MON-FRI" --rule "0 12 * * SAT"';
    expect((await runLine(`${open} --except 2026-01-02 --except 2026-01-01`)).out).toContain(
      "Next: 2026-01-03 12:00:00Z",
    );
    expect((await runLine("schedules edit shop --except none")).out).toContain("Next: 2026-01-01 09:00:00Z");
  });

  test("explain a schedule created at run time", async () => {
    const { runLine } = cli();
    await runLine(
      'schedules create bread --job scripted --input {} --rule "30 2 * * *" --tz Europe/Madrid --gap skip',
    );
    const { code, out } = await runLine("schedules explain bread --count 2 --from 2026-03-28T00:00:00Z");
    expect(code).toBe(0);
    expect(out).toContain("bread: job scripted, 30 2 * * * (Europe/Madrid)\nAt 02:30, every day.");
    expect(out).toMatch(/Sun 2026-03-29 02:30 .*skipped by the gap/);
    const { fires } = JSON.parse(
      (await runLine("schedules explain bread --count 1 --gap run-after-gap --json")).out,
    );
    expect(fires).toHaveLength(1);
    expect(await runLine("schedules explain toast")).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no schedule "toast"'),
    });
  });

  test("accept a rule that never fires with --allow-never", async () => {
    const { runLine } = cli();
    const never = 'schedules create never --job scripted --input {} --rule "30 2 31 2 *"';
    expect(await runLine(never)).toMatchObject({
      code: 2,
      err: expect.stringContaining("or add --allow-never"),
    });
    expect((await runLine(`${never} --allow-never`)).out).toContain("It has no further occurrences.");
  });

  test("run a past schedule once now with --if-past run-now", async () => {
    const { pipeline, runLine } = cli();
    const { out } = await runLine(
      'schedules create once --job scripted --rule "at 2025-01-01T00:00:00Z" --input {} --if-past run-now',
    );
    expect(out.replace(/scripted:\w+/, "scripted:…")).toMatchInlineSnapshot(`
"Created once: scripted, at 2025-01-01T00:00:00.000Z.
Enqueued scripted:… now, because its last occurrence is past.
It has no further occurrences.
"
`);
    expect(pipeline.runs()).toHaveLength(1);
  });

  test("refuse a name that is taken, and changes to a schedule of the code", async () => {
    const { pipeline, runLine } = cli();
    await pipeline.reconcile();
    await runLine(`${create} --input {}`);
    const before = await pipeline.ports.schedules.all();
    expect(await runLine(`${create} --input {}`)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(
        /^millrace: name: expected a name that is free, got "rye", which another schedule has/,
      ),
    });
    for (const line of ['schedules edit often --rule "every 1 hour"', "schedules delete often"]) {
      expect(await runLine(line)).toMatchObject({
        code: 2,
        out: "",
        err: expect.stringMatching(
          /^millrace: schedule "often": expected one made at run time, got one of the code; /,
        ),
      });
    }
    expect(await pipeline.ports.schedules.all()).toEqual(before);
  });

  test.each([
    ["create rye --job scripted"],
    ['create rye --rule "every 1 minute"'],
    ["backfill rye"],
    ["pause"],
  ])("exit with 2 for wrong usage: schedules %s", async (line) => {
    expect(await cli().runLine(`schedules ${line}`)).toMatchObject({ code: 2, out: "" });
  });
});

describe("millrace schedules pause, resume, trigger, backfill, delete", () => {
  test("show when the schedule is due next, and which occurrences were skipped", async () => {
    const { pipeline, runLine } = cli();
    const printed = async (line: string) => (await runLine(line)).out.replace(/scripted:\w+/, "scripted:…");
    await runLine(`${create} --input {}`);
    await pipeline.live(30 * second);
    expect(await printed('schedules pause rye --reason "storm"')).toMatchInlineSnapshot(`
"Paused rye: scripted, every 1 minute.
Paused (storm) until \`schedules resume rye\`.
Skipped 2 occurrences, 2026-01-01 00:01:00Z to 2026-01-01 00:02:00Z (paused: storm).
"
`);
    expect(await printed("schedules trigger rye")).toMatchInlineSnapshot(`
"Enqueued scripted:…; the schedule is unchanged.
Paused (storm) until \`schedules resume rye\`.
"
`);
    expect(await printed('schedules pause rye --until "90 seconds"')).toMatchInlineSnapshot(`
"Paused rye: scripted, every 1 minute.
Paused (by an operator) until 2026-01-01 00:02:00Z, in 2 min.
Next: 2026-01-01 00:02:00Z, in 2 min, 3 min.
Skipped 2026-01-01 00:01:00Z (paused: by an operator).
"
`);
    await pipeline.clock.advance(10 * minute);
    expect(await printed("schedules resume rye")).toMatchInlineSnapshot(`
"Resumed rye: scripted, every 1 minute.
Next: 2026-01-01 00:11:00Z, in 30 s, 2 min.
"
`);
    const range = "--from 2026-01-01T00:00:00Z --until 2026-01-01T00:10:00Z";
    expect(await printed(`schedules backfill rye ${range} --limit 5`)).toMatchInlineSnapshot(`
"Created 2 runs, from 2026-01-01 00:03:00Z to 2026-01-01 00:04:00Z.
Skipped 3 that already existed.
More are left: continue with --from 2026-01-01T00:05:00.000Z.
"
`);
    expect(await printed("schedules delete rye")).toMatchInlineSnapshot(`
"Deleted rye: scripted, every 1 minute.
It has no further occurrences; the name can be reused.
Skipped 2 occurrences, 2026-01-01 00:11:00Z to 2026-01-01 00:12:00Z (deleted).
"
`);
    expect(await runLine("schedules resume rye")).toEqual({
      code: 1,
      out: "",
      err: 'millrace: there is no schedule "rye"; see millrace schedules list\n',
    });
  });

  test("report that a schedule was not paused", async () => {
    const { runLine } = cli();
    await runLine(`${create} --input {}`);
    const { code, out, err } = await runLine("schedules resume rye");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatchInlineSnapshot(`
"rye was not paused; nothing changed.
Next: 2026-01-01 00:01:00Z, in 1 min, 2 min.
"
`);
    expect(JSON.parse((await runLine("schedules resume rye --json")).out)).toMatchObject({
      wasPaused: false,
    });
    await runLine("schedules pause rye");
    expect(JSON.parse((await runLine("schedules resume rye --json")).out)).toMatchObject({ wasPaused: true });
  });

  test("print JSON with --json", async () => {
    const { runLine } = cli();
    await runLine(`${create} --input {}`);
    const printed = async (line: string) => JSON.parse((await runLine(`${line} --json`)).out);
    expect(await printed("schedules pause rye --until 2026-01-01T01:00:00Z")).toMatchObject({
      schedule: { state: "paused", pausedUntil: "2026-01-01T01:00:00.000Z" },
    });
    expect(await printed("schedules trigger rye --key k")).toMatchObject({
      id: "scripted:rye/k",
      isNew: true,
    });
    expect((await runLine("schedules trigger rye --key k")).out).toMatch(
      /^Already enqueued with this key: scripted:rye\/k\n/,
    );
    expect(await printed("schedules resume rye")).toMatchObject({ skipped: [] });
    expect(await printed("schedules delete rye")).toMatchObject({ schedule: { state: "deleted" } });
  });

  test("refuse a backfill of the future", async () => {
    const { pipeline, runLine } = cli();
    await runLine(`${create} --input {}`);
    const range = "--from 2026-01-01T00:00:00Z --until 2026-02-01T00:00:00Z";
    expect(await runLine(`schedules backfill rye ${range}`)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(
        /^millrace: --until: expected an instant that is over, got 2026-02-01T00:00:00.000Z; /,
      ),
    });
    expect(pipeline.runs().filter(({ dueAt }) => dueAt > Date.UTC(2026, 0, 1, 0, 3))).toEqual([]);
  });
});
