import { describe, expect, test } from "@jest/globals";
import { enqueue } from "../../shared/pipeline/enqueue.ts";
import { minute } from "../pipeline/world.ts";
import { createScriptedCli as setUp } from "./cli.ts";

describe("millrace schedules", () => {
  test("lists rules with their next times", async () => {
    const { world, run } = setUp();
    await world.reconcile();
    expect((await run(["schedules", "list"])).out).toMatchInlineSnapshot(`
"SCHEDULE  RULE                     JOB       NEXT
nightly   0 3 * * * Europe/Madrid  scripted  2026-01-01 02:00:00Z  in 2 h, 26 h
often     every 30 seconds         scripted  2026-01-01 00:00:30Z  in 30 s, 1 min
"
`);
    const { out } = await run(["schedules", "list", "--count", "1", "--json"]);
    expect(JSON.parse(out).schedules[1]).toMatchObject({ name: "often", next: ["2026-01-01T00:00:30.000Z"] });
  });

  test("says of one that it is not deployed yet, and shows what became of another", async () => {
    const { world, run } = setUp();
    expect((await run(["schedules", "list"])).out).toMatch(/often .* in 30 s, 1 min \(not deployed yet\)\n/);
    expect((await run(["schedules", "history", "often"])).out).toBe("Nothing was due yet.\n");
    await world.reconcile();
    await world.tick();
    await world.clock.advance(60 * minute);
    await world.tick();
    expect((await run(["schedules", "history", "often"])).out).toMatchInlineSnapshot(`
"PLANNED                        RUNS  FROM
2026-01-01 01:00:00Z  now        10  2026-01-01 00:57:30Z
  110 skipped from 2026-01-01 00:02:30Z to 2026-01-01 00:57:00Z: missed: the pipeline was not runni…
2026-01-01 00:00:00Z  1 h ago     5  2026-01-01 00:00:00Z
"
`);
  });
});

describe("millrace lanes", () => {
  test("shows what the lanes hold and did", async () => {
    const { world, scripted, run } = setUp();
    await enqueue(world.ports, scripted, {});
    await enqueue(world.ports, scripted, { fatal: true });
    await world.drain();
    await world.clock.advance(minute);
    await enqueue(world.ports, scripted, {}, { priority: "low" });
    expect((await run(["lanes"])).out).toMatchInlineSnapshot(`
"LANE      WAITING  IN FLIGHT  DELAYED  LETTERS  STARTED  DONE  RETRIED  DIED  LATE  TOOK
critical        0          0        0        0        0     0        0     0
high            0          0        0        0        0     0        0     0
normal          0          0        0        1        2     1        0     1  0 ms  0 ms
low             1          0        0        0        0     0        0     0
LETTERS are dead letters. From STARTED on: the last 5 full minutes; LATE and TOOK are means.
"
`);
  });
});

describe("millrace", () => {
  test.each([
    [[]],
    [["rums"]],
    [["runs"]],
    [["runs", "list", "--limit", "many"]],
    [["runs", "list", "--limit", "0"]],
  ])("calls %j wrong usage", async (args) => {
    const { code, out, err } = await setUp().run(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).not.toBe("");
  });

  test("asks for the stage it is told, and for none otherwise", async () => {
    const { run, stages } = setUp();
    await run(["--stage", "prod", "lanes"]);
    await run(["lanes", "--stage", "dev"]);
    await run(["lanes"]);
    expect(stages).toEqual(["prod", "dev", undefined]);
  });

  test.each([
    ["a sentence", new Error("it is closed\nand more"), "it is closed"],
    [
      "what to do when nothing answers",
      new AggregateError([
        Object.assign(new Error("connect ECONNREFUSED ::1:4566"), { code: "ECONNREFUSED" }),
      ]),
      "nothing answers (connect ECONNREFUSED ::1:4566): is npm start running, or which --stage is meant?",
    ],
    [
      "where to look when the tables are not there",
      Object.assign(new Error("no such table"), { name: "ResourceNotFoundException" }),
      "the pipeline is not there (no such table): is the stage deployed in this account and region?",
    ],
    ["what was thrown", "a text", "a text"],
  ])("says %s", async (_, problem, sentence) => {
    const connect = () => Promise.reject(problem);
    const { code, err } = await setUp().run(["lanes"], { connect });
    expect({ code, err }).toEqual({ code: 1, err: `millrace: ${sentence}\n` });
  });
});
