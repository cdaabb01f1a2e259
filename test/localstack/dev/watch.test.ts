import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { foldersOf, isRelevant } from "../../../localstack/dev/watch.ts";

const projectAt = (root: string, jobsFolder: string) => ({
  root,
  jobsFolder,
  modules: [join(jobsFolder, "index.ts")],
});

describe("foldersOf", () => {
  test("has the root, all folders of jobs, and those of bundled files, but none of generated files", () => {
    const root = mkdtempSync(join(tmpdir(), "millrace-watch-"));
    for (const path of ["jobs/data/deep", "jobs/node_modules/x", "jobs/.git", "lib", "other"])
      mkdirSync(join(root, path), { recursive: true });
    const folders = foldersOf(projectAt(root, join(root, "jobs")), [join(root, "lib", "db.ts")]);
    const wanted = ["", "lib", "jobs", "jobs/data", "jobs/data/deep"].map((path) => join(root, path));
    expect([...folders].sort()).toEqual(wanted.sort());
    const flat = foldersOf(projectAt(root, root), []);
    expect([...flat]).toEqual([root]);
    rmSync(root, { recursive: true });
  });
});

describe("isRelevant", () => {
  const project = projectAt("/app", "/app/jobs");

  test.each(["jobs/index.ts", "jobs/data/x.csv", "jobs/more", "lib/db.mts", "package.json", "tsconfig.json"])(
    "accepts %s",
    (path) => expect(isRelevant(join("/app", path), project)).toBe(true),
  );

  test.each([
    "README.md",
    ".env",
    ".millrace",
    "jobs/.index.ts.swp",
    "jobs/index.ts~",
    "jobs/4913",
    "jobs/#index.ts#",
    "node_modules",
  ])("skips %s", (path) => expect(isRelevant(join("/app", path), project)).toBe(false));
});
