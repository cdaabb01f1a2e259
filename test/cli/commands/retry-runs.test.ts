import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineJob, FatalError } from "../../../shared/index.ts";
import { enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { minute, second } from "../../pipeline/support/pipeline-harness.ts";
import { createCli } from "../support/run-cli.ts";

/** Creates runs that died of two causes. */
const setUp = async (count = 3) => {
  let isBroken = true;
  const ship = defineJob({
    name: "ship",
    input: z.object({ order: z.number() }),
    run: ({ input }) => {
      if (isBroken)
        throw new FatalError(input.order === 0 ? "wrong address" : `no carrier for ${input.order}`);
    },
  });
  const cli = createCli([ship]);
  const { pipeline } = cli;
  const orders = Array.from({ length: count }, (_, order) => order);
  await enqueueMany(
    pipeline.ports,
    orders.map((order) => ({ job: ship, input: { order }, options: { key: `order-${order}` } })),
  );
  await pipeline.drain();
  await pipeline.clock.advance(5 * minute);
  const repair = () => {
    isBroken = false;
  };
  return { ...cli, repair, run: (line: string) => cli.run(["runs", "retry", ...line.split(" ")]) };
};

describe("millrace runs retry <id>", () => {
  test("retries a dead run, and changes nothing when the run is not dead", async () => {
    const { pipeline, run, repair } = await setUp();
    repair();
    expect(await run("ship:order-1")).toEqual({
      code: 0,
      out: "Retried ship:order-1: it is queued on lane normal.\n",
      err: "",
    });
    await pipeline.drain();
    expect((await run("ship:order-1")).out).toBe("ship:order-1 is succeeded, not dead; nothing changed.\n");
  });

  test("exits with 1 for a run that does not exist", async () => {
    const { run } = await setUp();
    expect(await run("ship:none")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^millrace: there is no run "ship:none": expected an id such as .*\n$/),
    });
  });
});

describe("millrace runs retry --job", () => {
  test("lists what it would retry by cause, and changes nothing, without --yes", async () => {
    const { pipeline, run } = await setUp();
    const before = pipeline.runs();
    const { code, out } = await run("--job ship --state dead");
    expect(code).toBe(0);
    expect(out.replaceAll(/^[0-9a-f]{12}/gm, "fingerprint.")).toMatchInlineSnapshot(`
"FINGERPRINT   DEAD  FIRST      LAST
fingerprint.     2  5 min ago  5 min ago
  no carrier for 2
fingerprint.     1  5 min ago  5 min ago
  wrong address
Nothing was changed. Repeat with --yes to retry 3 dead runs of ship.
"
`);
    expect(pipeline.runs()).toEqual(before);
  });

  test("retries the runs and reports how many with --yes", async () => {
    const { pipeline, run, repair } = await setUp();
    repair();
    expect((await run("--job ship --yes")).out).toBe(
      "Retried 3 runs of ship. Discarded 3 stale dead letters.\n",
    );
    await pipeline.drain();
    expect(pipeline.runs().map(({ state }) => state)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect((await run("--job ship --yes")).out).toBe("No matching dead runs of ship; nothing changed.\n");
    expect((await run("--job ship")).out).toBe("No matching dead runs of ship.\n");
  });

  test("reports progress on stderr after each page, and stops at --limit", async () => {
    const { run, pipeline } = await setUp(450);
    const { out, err } = await run("--job ship --limit 410 --yes --json");
    expect(JSON.parse(out)).toMatchObject({ job: "ship", retried: 410 });
    expect(err).toBe("millrace: 200 retried so far\nmillrace: 400 retried so far\n");
    expect(pipeline.runs().filter(({ state }) => state === "queued")).toHaveLength(410);
  });

  test("filters by --reason, --fingerprint and --since", async () => {
    const { pipeline, run } = await setUp();
    const groups = JSON.parse((await run("--job ship --json")).out).groups;
    expect((await run("--job ship --reason ADDRESS")).out).toContain("to retry 1 dead run of ship.");
    expect((await run(`--job ship --fingerprint ${groups[0].fingerprint}`)).out).toContain("2 dead runs");
    await pipeline.clock.advance(second);
    expect((await run("--job ship --since 2026-01-01T00:04:00Z")).out).toContain("No matching dead runs");
  });

  test.each([
    ["--yes", /^millrace: expected a run id or --job, got neither; give one of them\n$/],
    ["ship:order-1 --job ship", /^millrace: expected a run id or --job, got both; give one of them\n$/],
    ["ship:order-1 --reason x", /^millrace: --reason: expected only with --job, got an id too/],
    ["--job ship --since yesterday", /^millrace: --since: expected an instant .*, or how long ago/],
    ["--job ship --limit 0 --yes", /^millrace: --limit: /],
    ["--job ship --state running", /Allowed choices are dead/],
  ])("refuses %s and changes nothing", async (line, problem) => {
    const { pipeline, run } = await setUp();
    const before = pipeline.runs();
    expect(await run(line)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(problem) });
    expect(pipeline.runs()).toEqual(before);
  });
});
