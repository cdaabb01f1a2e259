import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { readVectorFile } from "../../scripts/vectors/read.ts";

const file = "test/data/cron-vectors.json";
const { vectors } = await readVectorFile(file);
const [quarters = {}] = z.array(z.record(z.string(), z.unknown())).parse(vectors);

describe("npm run vectors", () => {
  test("ends with the counts, and succeeds when all pass", async () => {
    expect(await run(file)).toEqual({ code: 0, lines: [`${vectors.length} passed, 0 failed`], err: "" });
  });

  test("needs no meta", async () => {
    for (const meta of [undefined, null, { policies: ["vixie"] }]) {
      const { lines } = await runOn(JSON.stringify({ meta, vectors: [quarters] }));
      expect(lines).toEqual(["1 passed, 0 failed"]);
    }
  });

  test("prints each failure, and fails", async () => {
    const wrong = [
      { ...quarters, id: "late", expected: [] },
      { ...quarters, id: "opinion", level: "advisory", expectError: true },
      { ...quarters, id: "unknown", dialect: "quartz" },
      null,
    ];
    const { code, lines, err } = await runOn(JSON.stringify({ vectors: [quarters, ...wrong] }));
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(lines.map((line) => line.split(/ ["n]/)[0])).toEqual([
      "FAILED late",
      "differs (advisory) opinion",
      "FAILED unknown",
      "FAILED #5",
      "1 passed, 3 failed",
    ]);
  });

  test.each([
    [
      "no JSON",
      "{oops",
      /^vectors: \S+: expected JSON, got SyntaxError: .*; correct it, or give another file\n$/,
    ],
    [
      "no vectors",
      '{"vectors":[]}',
      /^vectors: \S+: expected .* with at least one vector, got other JSON; .*\n$/,
    ],
  ])("says in one sentence that a file has %s", async (_, content, sentence) => {
    const { code, lines, err } = await runOn(content);
    expect({ code, lines }).toEqual({ code: 1, lines: ["0 passed, 1 failed"] });
    expect(err).toMatch(sentence);
  });

  test("says in one sentence that there is no file", async () => {
    const { code, lines, err } = await run("/none");
    expect({ code, lines }).toEqual({ code: 1, lines: ["0 passed, 1 failed"] });
    expect(err).toMatch(/^vectors: \/none: expected a readable file, got .*ENOENT.*; check its path\n$/);
  });
});

const runOn = async (content: string) => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-vectors-"));
  try {
    await writeFile(join(folder, "vectors.json"), content);
    return await run(join(folder, "vectors.json"));
  } finally {
    await rm(folder, { recursive: true });
  }
};

const run = (path: string) =>
  new Promise<{ code: unknown; lines: string[]; err: string }>((resolve) => {
    execFile(process.execPath, ["scripts/vectors.ts", path], (error, stdout, err) => {
      resolve({ code: error?.code ?? 0, lines: stdout.trimEnd().split("\n"), err });
    });
  });
