import { describe, expect, test } from "@jest/globals";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { minute } from "../../pipeline/support/pipeline-harness.ts";
import { createTypedCli } from "../support/run-cli.ts";

const setUp = async () => {
  const { pipeline, scripted, runLine: runNow } = createTypedCli();
  await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "doomed" });
  await pipeline.send("low", `{"v":1,"job":"fax","input":"${"y".repeat(120)}"}`);
  await pipeline.drain();
  /** Waits first, so that messages that were read before are visible again. */
  const runLine: typeof runNow = async (line, given) => {
    await pipeline.clock.advance(minute);
    return await runNow(line, given);
  };
  return { pipeline, runLine };
};

describe("millrace dead-letters list", () => {
  test("shows dead runs with their reason, and refused messages also with their body", async () => {
    const { runLine } = await setUp();
    const { code, out } = await runLine("dead-letters list", { columns: 80 });
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
"MESSAGE  LANE    KIND     RUN STATE  SENT
m3       normal  dead     dead       1 min ago
  scripted:doomed
  asked to die
m4       low     refused             1 min ago
  expected the name of a job (scripted), got "fax"
  {"v":1,"job":"fax","input":"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
  yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"}
"
`);
    expect(Math.max(...out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test("reports when there are no dead letters, or none of the kind", async () => {
    const { runLine } = await setUp();
    expect((await runLine("dead-letters list --lane high")).out).toBe("There are no dead letters.\n");
    expect((await runLine("dead-letters list --kind stale")).out).toBe(
      "No match among about 2 dead letters.\n",
    );
  });

  test("reports the total when not all dead letters are shown", async () => {
    const { runLine } = await setUp();
    expect((await runLine("dead-letters list --limit 1")).out).toContain("Showing 1 of about 2.");
    expect(JSON.parse((await runLine("dead-letters list --json")).out)).toMatchObject({ total: 2 });
  });
});

describe("millrace dead-letters show", () => {
  test("shows a dead letter with its run and the command that retries it", async () => {
    const { runLine } = await setUp();
    const { deadLetters } = JSON.parse((await runLine("dead-letters list --kind dead --json")).out);
    const { out } = await runLine(`dead-letters show ${deadLetters[0].messageId}`);
    expect(out).toMatchInlineSnapshot(`
"m3  dead
  lane         normal
  sent         2026-01-01 00:00:00Z  2 min ago
  reason       asked to die
  run          scripted:doomed
  run state    dead
  next         millrace runs retry scripted:doomed
  body         {"v":1,"job":"scripted","id":"scripted:doomed","generation":2,"dueAt":1767225600000,"sentAt":1767225600000,"death":{"reason":"asked to die","at":1767225600000,"attempt":1,"error":{"name":"FatalError","message":"asked to die"}},"input":{"fatal":true}}
"
`);
  });

  test("exits with 1 when the dead letter does not exist", async () => {
    const { runLine } = await setUp();
    expect(await runLine("dead-letters show none")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^millrace: there is no dead letter "none"/),
    });
  });
});

describe("millrace dead-letters discard", () => {
  test("only counts without --yes, and deletes with it", async () => {
    const { pipeline, runLine } = await setUp();
    expect((await runLine("dead-letters discard --kind refused")).out).toBe(
      "Nothing was changed. Repeat with --yes to delete 1 refused.\n",
    );
    expect((await runLine("dead-letters discard --kind refused --yes")).out).toBe(
      "Deleted 1 refused; about 1 are left.\n",
    );
    expect(pipeline.ports.queue.dead("low")).toEqual([]);
    expect((await runLine("dead-letters discard --kind refused --yes")).out).toBe(
      "No matching dead letter; about 1 are on the queues.\n",
    );
  });

  test("deletes the given ids and keeps their runs", async () => {
    const { pipeline, runLine } = await setUp();
    const { deadLetters } = JSON.parse((await runLine("dead-letters list --json")).out);
    const ids = deadLetters.map(({ messageId }: { messageId: string }) => messageId).join(" ");
    expect((await runLine(`dead-letters discard ${ids} --yes`)).out).toBe(
      "Deleted 1 dead, 1 refused; about 0 are left.\n",
    );
    expect(pipeline.run("scripted:doomed")?.state).toBe("dead");
  });

  test.each(["dead-letters discard --yes", "dead-letters discard m1 --kind all --yes"])(
    "exits with 2 for: %s",
    async (line) => {
      const { runLine } = await setUp();
      expect(await runLine(line)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/expected message ids or --kind/),
      });
    },
  );
});
