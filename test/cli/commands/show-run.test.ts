import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineJob } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { minute, second } from "../../pipeline/support/pipeline-harness.ts";
import { createCli, createScriptedCli } from "../support/run-cli.ts";

/** An error as in a deployed function, with its stack mapped to the sources. */
const refused = () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:9"), {
    code: "ECONNREFUSED",
    stack: "",
  });
  const stack = [
    "TypeError: fetch failed",
    "    at node:internal/deps/undici/undici:14900:13",
    "    at charge (/var/task/jobs/charge.ts:12:7)",
    "    at async Object.run (/var/task/jobs/charge.ts:30:3)",
  ].join("\n");
  return Object.assign(new TypeError("fetch failed", { cause }), { stack });
};

const charge = defineJob({
  name: "charge",
  input: z.object({ failures: z.number() }),
  retry: { attempts: 4, base: "2 seconds" },
  run: ({ input, run }) => {
    if (run.attempt <= input.failures) throw refused();
    return "paid";
  },
});

describe("millrace runs show, history of attempts", () => {
  test("shows time, duration and error of each attempt, and a repeated error once", async () => {
    const { pipeline, run } = createCli([charge]);
    await enqueue(pipeline.ports, charge, { failures: 2 }, { key: "a" });
    await pipeline.live(minute);
    const { out } = await run(["runs", "show", "charge:a"], { columns: 80 });
    expect(out.slice(out.indexOf("  history"))).toMatchInlineSnapshot(`
"  history
    1  failed     2026-01-01 00:00:00Z, took 0 ms
       TypeError: fetch failed
         at charge (jobs/charge.ts:12:7)
         at async Object.run (jobs/charge.ts:30:3)
       cause: Error: connect ECONNREFUSED 127.0.0.1:9
    2  failed     2026-01-01 00:00:01Z, took 0 ms
       TypeError: fetch failed (as in attempt 1)
    3  succeeded  2026-01-01 00:00:03Z, took 0 ms
"
`);
    expect(Math.max(...out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test("shows lost and killed attempts, in agreement with the run's counters", async () => {
    const { pipeline, run } = createCli([charge]);
    const { id } = await enqueue(pipeline.ports, charge, { failures: 0 }, { key: "a" });
    const worker = "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef";
    const { runs, attempts } = pipeline.ports;
    const claimAndLose = async (token: string) => {
      const now = pipeline.clock.now();
      await runs.claim([{ id, generation: 1, token, now, leaseUntil: now + second, worker }]);
      await pipeline.clock.advance(2 * second);
    };
    await claimAndLose("one");
    await claimAndLose("two");
    const startedAt = pipeline.clock.now() - 2 * second;
    const record = { claim: 2, attempt: 2, generation: 1, startedAt, worker, outcome: "started" } as const;
    await attempts.record([{ runId: id, record, ttl: 4e9 }]);
    const [row] = pipeline.runs();
    const counted = {
      id,
      when: { token: row?.token, state: "running" as const },
      set: { crashes: 1, recordedStart: 2 },
    };
    await runs.change([counted]);
    await pipeline.live(20 * minute);
    const { out } = await run(["runs", "show", id], { columns: 80 });
    expect(out).toMatch(/attempts +3 made, 1 lost with a killed worker\n/);
    expect(out.slice(out.indexOf("  history"))).toMatchInlineSnapshot(`
"  history
    1  lost       nothing recorded: its worker was killed or could not write
    2  killed     2026-01-01 00:00:02Z, its worker was killed
       worker 2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef
    3  succeeded  2026-01-01 00:00:04Z, took 0 ms
       worker 2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef
"
`);
    const shown = JSON.parse((await run(["runs", "show", id, "--json"])).out);
    expect(shown).toMatchObject({ attempts: 3, crashes: 1 });
    expect(shown.history.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      "lost",
      "killed",
      "succeeded",
    ]);
  });

  test("has all attempts in the JSON, with stacks and causes", async () => {
    const { pipeline, run } = createCli([charge]);
    const { id } = await enqueue(pipeline.ports, charge, { failures: 4 });
    await pipeline.live(5 * minute);
    const { history, reason } = JSON.parse((await run(["runs", "show", id, "--json"])).out);
    expect(reason).toBe(
      "attempt 4 of 4 failed with TypeError: fetch failed (cause: connect ECONNREFUSED 127.0.0.1:9)",
    );
    expect(history).toHaveLength(4);
    expect(history[3]).toEqual({
      number: 4,
      generation: 1,
      outcome: "failed",
      startedAt: expect.any(String),
      endedAt: expect.any(String),
      tookMs: 0,
      error: {
        name: "TypeError",
        message: "fetch failed",
        stack: "at charge (jobs/charge.ts:12:7)\nat async Object.run (jobs/charge.ts:30:3)",
        causes: [{ name: "Error", message: "connect ECONNREFUSED 127.0.0.1:9" }],
      },
    });
  });

  test("is left out when the only attempt succeeded", async () => {
    const { pipeline, scripted, run } = createScriptedCli();
    const { id } = await enqueue(pipeline.ports, scripted, {});
    await pipeline.drain();
    expect((await run(["runs", "show", id])).out).not.toContain("history");
  });

  test("prints no control characters of errors", async () => {
    const evil = defineJob({
      name: "evil",
      retry: { attempts: 1 },
      run: () => {
        throw Object.assign(new Error("\u001b[2J"), { stack: "Error\n    at \u001b[2Jx (jobs/a.ts:1:1)" });
      },
    });
    const { pipeline, run } = createCli([evil]);
    const { id } = await enqueue(pipeline.ports, evil);
    await pipeline.drain();
    const { out } = await run(["runs", "show", id]);
    expect(out).toContain("jobs/a.ts:1:1");
    expect(out).not.toContain("\u001b");
  });
});
