import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { mutants } from "../../scripts/mutants/mutants.ts";

const root = join(import.meta.dirname, "..", "..");

const testFiles = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.ts"))
  .map((path) => `test/${path.replaceAll("\\", "/")}`);

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
  "the mutant without %s finds its code once",
  (_, { file, find }) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(readFileSync(join(root, file), "utf8").split(find)).toHaveLength(2);
  },
);

/** A mutant whose tests are not found would be killed by nothing. */
test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
  "the mutant without %s names quick tests that exist",
  (_, { tests }) => {
    for (const pattern of tests) {
      const found = testFiles.filter((path) => path.startsWith(pattern) && !path.endsWith(".slow.test.ts"));
      expect(found).not.toEqual([]);
    }
  },
);
