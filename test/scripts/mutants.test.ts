import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { mutants } from "../../scripts/mutants/mutants.ts";

const root = join(import.meta.dirname, "..", "..");

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
  "the mutant without %s finds its code once",
  (_, { file, find }) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(readFileSync(join(root, file), "utf8").split(find)).toHaveLength(2);
  },
);
