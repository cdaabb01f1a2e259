import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { findProject } from "../../infra/project.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "millrace-project-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};

describe("findProject", () => {
  test("finds jobs/ beside the package.json above the present folder, with its schedules", () => {
    write({ "package.json": "{}", "jobs/index.ts": "", "jobs/schedules.ts": "", "src/web/server.ts": "" });
    expect(findProject({ from: join(root, "src", "web") })).toEqual({
      root,
      jobsFolder: join(root, "jobs"),
      modules: [join(root, "jobs", "index.ts"), join(root, "jobs", "schedules.ts")],
    });
  });

  test("takes the folder that package.json names, and --jobs before it", () => {
    write({
      "package.json": '{ "millrace": { "jobs": "./src/work" } }',
      "src/work/index.mts": "",
      "other/index.js": "",
    });
    expect(findProject({ from: root }).modules).toEqual([join(root, "src/work/index.mts")]);
    expect(findProject({ from: join(root, "src"), jobs: "../other" }).modules).toEqual([
      join(root, "other/index.js"),
    ]);
  });

  test("takes a single module", () => {
    write({ "package.json": "{}", "src/jobs.ts": "" });
    expect(findProject({ from: root, jobs: "src/jobs.ts" })).toEqual({
      root,
      jobsFolder: join(root, "src"),
      modules: [join(root, "src/jobs.ts")],
    });
  });

  test.each<[string, Readonly<Record<string, string>>, string | undefined, string]>([
    [
      "there is no jobs folder",
      { "package.json": "{}" },
      undefined,
      "there is no folder jobs in ROOT: run npx millrace init to add one, or pass --jobs with the folder of your jobs",
    ],
    [
      "--jobs names nothing",
      { "package.json": "{}" },
      "work",
      "--jobs: expected a folder or a module with jobs, and work does not exist in ROOT",
    ],
    [
      "package.json names nothing",
      { "package.json": '{ "millrace": { "jobs": "work" } }' },
      undefined,
      "millrace.jobs in package.json: expected a folder or a module with jobs, and work does not exist in ROOT",
    ],
    [
      "the folder has no index",
      { "package.json": "{}", "jobs/send.ts": "" },
      undefined,
      "jobs/index.ts does not exist in ROOT: create it, and export the jobs from it",
    ],
    [
      "the setting is no text",
      { "package.json": '{ "millrace": { "jobs": 3 } }' },
      undefined,
      'ROOT/package.json: millrace.jobs: expected the folder of your jobs, such as "./jobs"',
    ],
    [
      "the external packages are no list",
      { "package.json": '{ "millrace": { "external": "sharp" } }' },
      undefined,
      'ROOT/package.json: millrace.external: expected a list of packages, such as ["pdfkit"]',
    ],
    [
      "package.json is damaged",
      { "package.json": "{" },
      undefined,
      "ROOT/package.json: Expected property name",
    ],
  ])("says in one sentence what is missing when %s", (_, files, jobs, message) => {
    write(files);
    expect(() => findProject({ from: root, jobs })).toThrow(message.replaceAll("ROOT", root));
  });
});
