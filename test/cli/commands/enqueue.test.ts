import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { minute } from "../../pipeline/support/pipeline-harness.ts";
import { createScriptedCli as setUp } from "../support/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("millrace enqueue", () => {
  const file = join(folder, "input.json");
  writeFileSync(file, '{"value":2}');

  test.each([
    ["from the command line", '{"value":2}'],
    ["from a file", `@${file}`],
    ["from standard input", "-"],
  ])("reads its input %s", async (_, input) => {
    const { pipeline, run } = setUp();
    const result = await run(["enqueue", "scripted", "--input", input, "--key", "k"], {
      stdin: '{"value":2}',
    });
    expect(result).toEqual({ code: 0, out: "Enqueued scripted:k\n", err: "" });
    expect(pipeline.run("scripted:k")?.input).toBe('{"value":2}');
  });

  test.each([
    ["with a byte order mark", Buffer.from('\ufeff{"value":2}')],
    ["in UTF-16, as PowerShell writes it", Buffer.from('\ufeff{"value":2}', "utf16le")],
  ])("reads a file and standard input %s", async (_, bytes) => {
    writeFileSync(file, bytes);
    const { pipeline, run } = setUp();
    await run(["enqueue", "scripted", "--input", `@${file}`, "--key", "file"]);
    await run(["enqueue", "scripted", "--input", "-", "--key", "stdin"], { stdin: bytes });
    expect(pipeline.runs().map(({ id, input }) => [id, input])).toEqual([
      ["scripted:file", '{"value":2}'],
      ["scripted:stdin", '{"value":2}'],
    ]);
  });

  test("applies every option, and recognizes a repeated key", async () => {
    const { pipeline, run } = setUp();
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
    const dueAt = pipeline.clock.now() + minute;
    expect(pipeline.run("scripted:k")).toMatchObject({
      lane: "low",
      dueAt,
      tenant: "mill",
      expiresAt: dueAt + 60 * minute,
    });
    expect((await run([...args, ...more])).out).toBe("Already enqueued with this key: scripted:k (queued)\n");
    const { out } = await run([
      "enqueue",
      "scripted",
      "--input",
      "{}",
      "--at",
      "2026-02-01T00:00:00Z",
      "--json",
    ]);
    expect(pipeline.run(JSON.parse(out).id)?.dueAt).toBe(Date.UTC(2026, 1, 1));
  });

  test("reports that the run with the key is dead, and how to retry it", async () => {
    const { pipeline, run } = setUp();
    const args = ["enqueue", "scripted", "--input", '{"fatal":true}', "--key", "k"];
    await run(args);
    await pipeline.drain();
    expect(await run(args)).toEqual({
      code: 0,
      out: [
        "Not enqueued: the run with this key is dead: scripted:k",
        "Inspect: millrace runs show scripted:k",
        "Retry:   millrace runs retry scripted:k",
        "",
      ].join("\n"),
      err: "",
    });
  });

  test.each([
    [
      "a number that JavaScript would round",
      ["scripted", "--input", '{"value":9007199254740993}'],
      2,
      /--input: value: the number 9007199254740993 has more digits than JavaScript keeps; send it as a string/,
    ],
    ["an unknown job", ["fax"], 1, /there is no job "fax": expected one of scripted/],
    ["a bad input", ["scripted", "--input", '{"fail":"no"}'], 2, /is not valid: fail: .*, got "no"/],
    ["an input that is not JSON", ["scripted", "--input", "{oops"], 2, /--input: expected JSON such as/],
    ["a missing file", ["scripted", "--input", "@/none"], 2, /^millrace: --input: \/none: ENOENT/],
    ["a bad delay", ["scripted", "--delay", "soon"], 2, /^millrace: --delay: expected a duration such as/],
    [
      "both --delay and --at",
      ["scripted", "--input", "{}", "--delay", "1 day", "--at", "2027-01-01T00:00:00Z"],
      2,
      /^millrace: --delay: expected --delay or --at, got both; give one of them$/m,
    ],
    ["a bad key", ["scripted", "--input", "{}", "--key", "two words"], 2, /^millrace: --key: expected/],
    [
      "an unknown lane",
      ["scripted", "--priority", "urgent"],
      2,
      /Allowed choices are critical, high, normal, low/,
    ],
    ["a missing job", [], 2, /missing required argument 'job'/],
  ])("refuses %s and enqueues nothing", async (_, args, code, problem) => {
    const { pipeline, run } = setUp();
    const result = await run(["enqueue", ...args]);
    expect(result).toMatchObject({ code, out: "", err: expect.stringMatching(problem) });
    expect(pipeline.runs()).toEqual([]);
  });
});
