import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as z from "zod";
import { defineJob, FatalError } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { minute, second } from "../../pipeline/support/pipeline-harness.ts";
import { createCli, createScriptedCli as setUp } from "../support/run-cli.ts";

describe("millrace runs list", () => {
  test("shows runs newest first, with the reason of each failure", async () => {
    const { pipeline, scripted, run } = setUp();
    await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "doomed" });
    await pipeline.clock.advance(second);
    await enqueue(pipeline.ports, scripted, { fail: 1 }, { key: "shaky" });
    await pipeline.clock.advance(second);
    await enqueue(pipeline.ports, scripted, {}, { key: "fine" });
    await pipeline.drain();
    await pipeline.clock.advance(500);
    await enqueue(pipeline.ports, scripted, {}, { key: "later", delay: "2 hours" });
    const { code, out } = await run(["runs", "list"]);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
"RUN              CREATED  STATE          TOOK
scripted:later   now      parked in 2 h
scripted:fine    now      succeeded      0 ms
scripted:shaky   2 s ago  retry now
  Error: asked to fail attempt 1
scripted:doomed  3 s ago  dead           0 ms
  asked to die
"
`);
  });

  test("prints filtered runs as JSON, wherever the flag is", async () => {
    const { pipeline, scripted, run } = setUp();
    await enqueue(pipeline.ports, scripted, {}, { key: "fine" });
    await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "doomed" });
    await pipeline.drain();
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
    expect(JSON.parse(out)).toMatchObject({ runs: [{ id: "scripted:doomed", state: "dead" }], scanned: 2 });
    expect((await run(["--json", "runs", "list", "--state", "dead"])).out).toBe(out);
  });

  test("reports when there are no runs, or none that match", async () => {
    const { pipeline, scripted, run } = setUp();
    expect((await run(["runs", "list"])).out).toBe("There are no runs yet.\n");
    await enqueue(pipeline.ports, scripted, {});
    expect((await run(["runs", "list", "--state", "dead"])).out).toBe("No match among all 1 runs.\n");
  });

  test("shortens notes and ids to the screen, unless --wide is given", async () => {
    const { pipeline, scripted, run } = setUp();
    const key = `${"k".repeat(60)}@end`;
    await enqueue(pipeline.ports, scripted, { fail: 1 }, { key });
    await pipeline.drain();
    const { out } = await run(["runs", "list"], { columns: 50 });
    expect(out.split("\n")[1]).toMatch(/^scripted:…k+@end {2}now {6}retry now$/);
    expect(out).toContain("--wide shows them in full");
    const wide = await run(["runs", "list", "--wide"], { columns: 50 });
    expect(wide.out).toContain(`scripted:${key}`);
    expect(wide.out).not.toContain("--wide");
    expect((await run(["runs", "list"], { columns: Number.POSITIVE_INFINITY })).out).toContain(key);
  });

  test("fits any runs into 80 columns", async () => {
    const named = fc.record({
      job: fc.constantFrom("a", "weather-report", `j${"o".repeat(62)}b`),
      key: fc.stringMatching(/^[!-~]{1,128}$/),
      kind: fc.constantFrom("fine", "fatal", "shaky", "later"),
    });
    const property = fc.asyncProperty(fc.array(named, { maxLength: 8 }), async (all) => {
      const jobs = ["a", "weather-report", `j${"o".repeat(62)}b`].map((name) =>
        defineJob({
          name,
          input: z.object({ kind: z.string() }),
          run: ({ input }) => {
            if (input.kind === "fatal") throw new FatalError("no way ".repeat(40));
            if (input.kind === "shaky") throw new Error("perhaps later ".repeat(20));
          },
        }),
      );
      const { pipeline, run } = createCli(jobs);
      for (const { job, key, kind } of all) {
        const found = jobs.find(({ name }) => name === job);
        if (found)
          await enqueue(
            pipeline.ports,
            found,
            { kind },
            { key, ...(kind === "later" && { delay: "40 days" }) },
          ).catch(() => undefined);
      }
      await pipeline.live(5 * minute);
      const { out } = await run(["runs", "list"], { columns: 80 });
      expect(Math.max(...out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
    });
    await fc.assert(property, { numRuns: 30 });
  });

  test("prints the command for the next page, which continues after the last run", async () => {
    const { pipeline, scripted, run } = setUp();
    for (const key of ["a", "b", "c"]) {
      await enqueue(pipeline.ports, scripted, {}, { key });
      await pipeline.clock.advance(second);
    }
    const { out } = await run(["runs", "list", "--job", "scripted", "--limit", "2", "--stage", "dev"]);
    const [, command = ""] = /^Older: millrace (.*)$/m.exec(out) ?? [];
    expect(command).toMatch(/^runs list --stage dev --job scripted --limit 2 --cursor \S+$/);
    const older = await run(command.split(" "));
    expect(older.out).toContain("scripted:a ");
    expect(older.out).not.toContain("scripted:b");
    expect(older.out).not.toContain("Older:");
  });

  test("prints no control characters or line breaks of errors and inputs", async () => {
    const evil = "\u001b[2J\u009b1m\nroot";
    const possessed = defineJob({
      name: "possessed",
      input: z.string(),
      run: ({ input }) => {
        throw new FatalError(input);
      },
    });
    const { pipeline, run } = createCli([possessed]);
    const { id } = await enqueue(pipeline.ports, possessed, evil);
    await pipeline.drain();
    const list = (await run(["runs", "list"])).out;
    expect(list.split("\n")[2]).toBe("   [2J 1m root");
    const shown = (await run(["runs", "show", id])).out;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression matches control characters on purpose
    expect(list + shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|\nroot/);
  });

  test("colors states on a screen without changing the alignment", async () => {
    const { pipeline, scripted, run } = setUp();
    await enqueue(pipeline.ports, scripted, {}, { key: "fine" });
    await pipeline.drain();
    const { out } = await run(["runs", "list"], { isColored: true });
    expect(out).toContain("\u001b[32msucceeded\u001b[39m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: color codes begin with one
    expect(out.replace(/\u001b\[\d+m/g, "")).toBe((await run(["runs", "list"])).out);
  });
});

describe("millrace runs show", () => {
  test("shows a succeeded run with its input and result", async () => {
    const { pipeline, scripted, run } = setUp();
    const { id } = await enqueue(
      pipeline.ports,
      scripted,
      { value: { flour: "rye" } },
      { key: "a", tenant: "mill" },
    );
    await pipeline.drain();
    await pipeline.clock.advance(minute);
    const { code, out } = await run(["runs", "show", id]);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
"scripted:a  succeeded
  job          scripted
  lane         normal
  tenant       mill
  attempts     1 made
  created      2026-01-01 00:00:00Z  1 min ago
  due          2026-01-01 00:00:00Z  1 min ago
  started      2026-01-01 00:00:00Z  1 min ago
  ended        2026-01-01 00:00:00Z  1 min ago, took 0 ms
  input        {"value":{"flour":"rye"}}
  result       {"flour":"rye"}
"
`);
  });

  test("shows why a run died, and when a failed run is tried next", async () => {
    const { pipeline, scripted, run } = setUp();
    await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "doomed" });
    await enqueue(pipeline.ports, scripted, { fail: 1 }, { key: "shaky" });
    await pipeline.drain();
    expect((await run(["runs", "show", "scripted:doomed"])).out).toMatch(/reason +asked to die\n/);
    const { out } = await run(["runs", "show", "scripted:shaky"]);
    expect(out).toMatch(/error +Error: asked to fail attempt 1\n/);
    expect(out).toMatch(/attempts +1 made, 2 left\n/);
    expect(out).toMatch(/next attempt +2026-01-01 00:00:01Z {2}/);
  });

  test("exits with 1 and one sentence for a run that does not exist", async () => {
    const { code, out, err } = await setUp().run(["runs", "show", "scripted:none"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^millrace: there is no run "scripted:none": .*\n$/);
  });
});

describe("millrace runs cancel", () => {
  test("cancels a waiting run, and reports when the run has already ended", async () => {
    const { pipeline, scripted, run } = setUp();
    const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "a", delay: "2 days" });
    const cancel = () => run(["runs", "cancel", id, "--reason", "no more corn"]);
    expect(await cancel()).toEqual({ code: 0, out: "Cancelled scripted:a: it will not run.\n", err: "" });
    expect(pipeline.run(id)).toMatchObject({ state: "cancelled", reason: "no more corn" });
    expect((await cancel()).out).toBe("scripted:a already ended (cancelled); nothing changed.\n");
  });

  test("requests the cancellation of a running run", async () => {
    const { pipeline, scripted, run } = setUp();
    const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "a" });
    const now = pipeline.clock.now();
    await pipeline.ports.runs.claim([{ id, generation: 1, token: "a", now, leaseUntil: now + minute }]);
    expect((await run(["runs", "cancel", id])).out).toBe(
      "Cancelling scripted:a: it is running; its signal is aborted within seconds.\n",
    );
    expect(JSON.parse((await run(["runs", "cancel", id, "--json"])).out)).toMatchObject({
      outcome: "requested",
    });
  });
});

describe("millrace runs reschedule", () => {
  test("reschedules a parked run", async () => {
    const { pipeline, scripted, run } = setUp();
    const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "a", delay: "2 days" });
    expect((await run(["runs", "reschedule", id, "--delay", "3 hours"])).out).toBe(
      "Next attempt of scripted:a: 2026-01-01 03:00:00Z, in 3 h.\n",
    );
    const at = await run(["runs", "reschedule", id, "--at", "2029-01-01T00:00:00Z", "--json"]);
    expect(JSON.parse(at.out)).toMatchObject({ id, dueAt: "2029-01-01T00:00:00.000Z", state: "parked" });
  });

  test.each([
    [[], /^millrace: --at: expected --at or --delay, got neither; give one of them\n$/],
    [["--delay", "soon"], /^millrace: --delay: expected a duration such as .*, got "soon"\n$/],
  ])("refuses %j and leaves the run unchanged", async (args, problem) => {
    const { pipeline, scripted, run } = setUp();
    const { id } = await enqueue(pipeline.ports, scripted, {}, { delay: "2 days" });
    const before = pipeline.runs();
    const result = await run(["runs", "reschedule", id, ...args]);
    expect(result).toMatchObject({ code: 2, out: "", err: expect.stringMatching(problem) });
    expect(pipeline.runs()).toEqual(before);
  });
});
