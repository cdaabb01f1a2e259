import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { problemOf, readVectors, type Vector } from "../../../scripts/vectors.ts";

const file = "test/data/cron-vectors.json";
const vectors = await readVectors(file);

const policiesSchema = z.object({
  vectors: z.array(
    z.object({ id: z.string(), expectedByPolicy: z.record(z.string(), z.array(z.string())).default({}) }),
  ),
});
const policies = policiesSchema.parse(JSON.parse(await readFile(file, "utf8")));
const offered = ["vixie", "aws-scheduler", "wall-match"];
const underOtherPolicies: readonly Vector[] = policies.vectors.flatMap(({ id, expectedByPolicy }) =>
  vectors
    .filter((vector) => vector.id === id)
    .flatMap((vector) =>
      offered.flatMap((policy) => {
        const expected = expectedByPolicy[policy];
        return expected ? [{ ...vector, policy, expected, count: expected.length }] : [];
      }),
    ),
);

test.each(vectors)("vector $id holds: $expr in $tz", (vector) => {
  expect(problemOf(vector)).toBeUndefined();
});

describe("a vector under another policy that we offer", () => {
  test.each(underOtherPolicies)("$id holds under $policy", (vector) => {
    expect(problemOf(vector)).toBeUndefined();
  });
});

describe("npm run vectors", () => {
  test("ends with the counts, and succeeds when all pass", async () => {
    expect(await run(file)).toEqual({ code: 0, lines: [`${vectors.length} passed, 0 failed`] });
  });

  test("prints each failure, and fails", async () => {
    const [first] = vectors;
    const wrong = [
      { ...first, id: "late", expected: [] },
      { ...first, id: "opinion", level: "advisory", expectError: true },
      { ...first, id: "refused", expr: "60 * * * *" },
      { ...first, id: "unknown", policy: "whim" },
      { ...first, id: "six", dialect: "sec6" },
    ];
    const { code, lines } = await runOn({ vectors: [first, ...wrong] });
    expect(code).toBe(1);
    expect(lines.map((line) => /(\S+) "/.exec(line)?.[1])).toEqual([
      "late",
      "opinion",
      "refused",
      "unknown",
      "six",
      undefined,
    ]);
    expect(lines.at(-1)).toBe("1 passed, 4 failed");
  });
});

const runOn = async (content: unknown) => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-vectors-"));
  try {
    await writeFile(join(folder, "vectors.json"), JSON.stringify(content));
    return await run(join(folder, "vectors.json"));
  } finally {
    await rm(folder, { recursive: true });
  }
};

const run = (path: string) =>
  new Promise<{ code: unknown; lines: string[] }>((resolve) => {
    execFile(process.execPath, ["scripts/vectors.ts", path], (error, stdout) => {
      resolve({ code: error?.code ?? 0, lines: stdout.trimEnd().split("\n") });
    });
  });
