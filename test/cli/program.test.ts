import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { cron, defineJob, every, FatalError, schedule } from "../../shared/index.ts";
import { enqueue } from "../../shared/pipeline/enqueue.ts";
import { minute, obedient, second } from "../pipeline/world.ts";
import { createCli } from "./cli.ts";

const setUp = () => {
  const { scripted } = obedient();
  const schedules = [
    schedule(every("30 seconds"), scripted, {}, { name: "often" }),
    schedule(cron("0 3 * * *", "Europe/Madrid"), scripted, {}, { name: "nightly" }),
  ];
  return { scripted, ...createCli([scripted], schedules) };
};

const folder = mkdtempSync(join(tmpdir(), "millrace-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("millrace runs list", () => {
  test("shows runs newest first, and why those that failed did", async () => {
    const { world, scripted, run } = setUp();
    await enqueue(world.ports, scripted, { fatal: true }, { key: "doomed" });
    await world.clock.advance(second);
    await enqueue(world.ports, scripted, { fail: 1 }, { key: "shaky" });
    await world.clock.advance(second);
    await enqueue(world.ports, scripted, {}, { key: "fine" });
    await world.drain();
    await world.clock.advance(500);
    await enqueue(world.ports, scripted, {}, { key: "later", delay: "2 hours" });
    const { code, out } = await run(["runs", "list"]);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
"RUN              STATE      TRIES  TOOK  WHEN
scripted:later   parked         0        in 2 h
scripted:fine    succeeded      1  0 ms  now
scripted:shaky   retry          1        now
  Error: asked to fail attempt 1
scripted:doomed  dead           1  0 ms  now
  asked to die
"
`);
  });

  test("answers in JSON, filters, and is the same without a screen", async () => {
    const { world, scripted, run } = setUp();
    await enqueue(world.ports, scripted, {}, { key: "fine" });
    await enqueue(world.ports, scripted, { fatal: true }, { key: "doomed" });
    await world.drain();
    const { out } = await run([
      "runs",
      "list",
      "--state",
      "dead",
      "--job",
      "scripted",
      "--limit",
      "5",
      "--json",
    ]);
    expect(JSON.parse(out)).toMatchObject({ runs: [{ id: "scripted:doomed", state: "dead" }], looked: 2 });
    expect((await run(["--json", "runs", "list", "--state", "dead"])).out).toBe(out);
  });

  test("says so when there is nothing to show", async () => {
    const { world, scripted, run } = setUp();
    expect((await run(["runs", "list"])).out).toBe("There are no runs yet.\n");
    await enqueue(world.ports, scripted, {});
    expect((await run(["runs", "list", "--state", "dead"])).out).toBe("None found among all 1 runs.\n");
  });

  test("cuts a long note to the screen, and never an id", async () => {
    const { world, scripted, run } = setUp();
    const key = "k".repeat(60);
    await enqueue(world.ports, scripted, { fail: 1 }, { key });
    await world.drain();
    const { out } = await run(["runs", "list"], { columns: 20 });
    expect(out).toContain(`scripted:${key}`);
    expect(out).toContain("  Error: asked to fa…\n".slice(0, 18));
    expect(out.split("\n")[2]).toHaveLength(20);
  });

  test("obeys no code of a terminal, and breaks no line, that an error or an input brought along", async () => {
    const evil = "\u001b[2J\u009b1m\nroot";
    const possessed = defineJob({
      name: "possessed",
      input: z.string(),
      run: ({ input }) => {
        throw new FatalError(input);
      },
    });
    const { world, run } = createCli([possessed]);
    const { id } = await enqueue(world.ports, possessed, evil);
    await world.drain();
    const list = (await run(["runs", "list"])).out;
    expect(list.split("\n")[2]).toBe("   [2J 1m root");
    const shown = (await run(["runs", "show", id])).out;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(list + shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|\nroot/);
  });

  test("paints states on a screen with colours, and aligns them the same", async () => {
    const { world, scripted, run } = setUp();
    await enqueue(world.ports, scripted, {}, { key: "fine" });
    await world.drain();
    const { out } = await run(["runs", "list"], { isColoured: true });
    expect(out).toContain("\u001b[32msucceeded\u001b[39m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours begin with one
    expect(out.replace(/\u001b\[\d+m/g, "")).toBe((await run(["runs", "list"])).out);
  });
});

describe("millrace runs show", () => {
  test("shows a run that succeeded, with its input and result", async () => {
    const { world, scripted, run } = setUp();
    const { id } = await enqueue(
      world.ports,
      scripted,
      { value: { flour: "rye" } },
      { key: "a", tenant: "mill" },
    );
    await world.drain();
    await world.clock.advance(minute);
    const { code, out } = await run(["runs", "show", id]);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
"scripted:a  succeeded
  job         scripted
  lane        normal
  tenant      mill
  attempts    1 made
  created     2026-01-01 00:00:00Z  1 min ago
  due         2026-01-01 00:00:00Z  1 min ago
  started     2026-01-01 00:00:00Z  1 min ago
  ended       2026-01-01 00:00:00Z  1 min ago, took 0 ms
  input       {"value":{"flour":"rye"}}
  result      {"flour":"rye"}
"
`);
  });

  test("shows why a run died, and when another is tried next", async () => {
    const { world, scripted, run } = setUp();
    await enqueue(world.ports, scripted, { fatal: true }, { key: "doomed" });
    await enqueue(world.ports, scripted, { fail: 1 }, { key: "shaky" });
    await world.drain();
    expect((await run(["runs", "show", "scripted:doomed"])).out).toMatch(/why +asked to die\n/);
    const { out } = await run(["runs", "show", "scripted:shaky"]);
    expect(out).toMatch(/error +Error: asked to fail attempt 1\n/);
    expect(out).toMatch(/attempts +1 made, 2 left\n/);
    expect(out).toMatch(/next try +2026-01-01 00:00:01Z {2}/);
  });

  test("fails in one sentence for a run that is not there", async () => {
    const { code, out, err } = await setUp().run(["runs", "show", "scripted:none"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^millrace: there is no run "scripted:none": .*\n$/);
  });
});

describe("millrace enqueue", () => {
  const file = join(folder, "input.json");
  writeFileSync(file, '{"value":2}');

  test.each([
    ["from the command line", '{"value":2}'],
    ["from a file", `@${file}`],
    ["from standard input", "-"],
  ])("takes an input %s", async (_, input) => {
    const { world, run } = setUp();
    const said = await run(["enqueue", "scripted", "--input", input, "--key", "k"], { stdin: '{"value":2}' });
    expect(said).toEqual({ code: 0, out: "Enqueued scripted:k\n", err: "" });
    expect(world.run("scripted:k")?.input).toBe('{"value":2}');
  });

  test("takes every option, and knows a key again", async () => {
    const { world, run } = setUp();
    const args = [
      "enqueue",
      "scripted",
      "--input",
      "{}",
      "--key",
      "k",
      "--delay",
      "1 minute",
      "--priority",
      "low",
    ];
    const more = ["--tenant", "mill", "--expires-in", "1 hour"];
    await run([...args, ...more]);
    const due = world.clock.now() + minute;
    expect(world.run("scripted:k")).toMatchObject({
      lane: "low",
      due,
      tenant: "mill",
      expiresAt: due + 60 * minute,
    });
    expect((await run([...args, ...more])).out).toBe("Known already by its key: scripted:k\n");
    const { out } = await run([
      "enqueue",
      "scripted",
      "--input",
      "{}",
      "--at",
      "2026-02-01T00:00:00Z",
      "--json",
    ]);
    expect(world.run(JSON.parse(out).id)?.due).toBe(Date.UTC(2026, 1, 1));
  });

  test.each([
    ["an unknown job", ["fax"], 1, /there is no job "fax": expected one of scripted/],
    ["a bad input", ["scripted", "--input", '{"fail":"no"}'], 1, /is not valid: fail: .*, got "no"/],
    ["no JSON", ["scripted", "--input", "{oops"], 2, /--input: expected JSON such as/],
    [
      "no such file",
      ["scripted", "--input", "@/none"],
      2,
      /--input: expected a file that can be read: .*ENOENT/,
    ],
    ["a bad delay", ["scripted", "--delay", "soon"], 2, /delay: expected a duration such as/],
    [
      "delay and at",
      ["scripted", "--input", "{}", "--delay", "1 day", "--at", "2027-01-01T00:00:00Z"],
      2,
      /expected delay or at/,
    ],
    ["a bad key", ["scripted", "--input", "{}", "--key", "two words"], 2, /^millrace: key: expected/],
    [
      "an unknown lane",
      ["scripted", "--priority", "urgent"],
      2,
      /Allowed choices are critical, high, normal, low/,
    ],
    ["no job", [], 2, /missing required argument 'job'/],
  ])("refuses %s", async (_, args, code, problem) => {
    const { world, run } = setUp();
    const said = await run(["enqueue", ...args]);
    expect(said).toMatchObject({ code, out: "", err: expect.stringMatching(problem) });
    expect(world.runs()).toEqual([]);
  });
});

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
