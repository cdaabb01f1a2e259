import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";

jest.setTimeout(120_000);

const root = join(import.meta.dirname, "..", "..", "..");
let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "millrace-broken-"));
  for (const path of [
    "package.json",
    "cdk.json",
    "cli",
    "functions",
    "infra",
    "localstack",
    "shared",
    "jobs",
  ])
    cpSync(join(root, path), join(project, path), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
});
afterAll(() => rmSync(project, { recursive: true }));

/** Runs a command in the project. @returns its exit code and all output */
const run = (file: string, args: readonly string[]) =>
  new Promise<{ readonly code: number; readonly text: string }>((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    const child = execFile(
      process.execPath,
      [join(project, file), ...args],
      { cwd: project, env, timeout: 60_000 },
      (_, out, err) => resolve({ code: child.exitCode ?? -1, text: `${out}${err}` }),
    );
  });

const define = 'import { defineJob, every, schedule } from "../shared/index.ts";\nconst run = () => 1;\n';

/** Broken files of `jobs/`, and the sentence that describes the problem. */
const cases: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  [
    "a syntax error",
    { "index.ts": 'export { jobs } from "./mine.ts";\n', "mine.ts": "\nexport const jobs = [;\n" },
    /jobs\/mine\.ts:2: Unexpected ";"/,
  ],
  [
    "a throw at import",
    {
      "index.ts": 'export { jobs } from "./mine.ts";\n',
      "mine.ts": '\n\nthrow new Error("no API_KEY is set\\nsecond line");\nexport const jobs = [];\n',
    },
    /jobs\/mine\.ts:3: no API_KEY is set/,
  ],
  [
    "a duplicate job",
    {
      "index.ts": `${define}const one = defineJob({ name: "one", run });\nexport const jobs = [one, defineJob({ name: "one", run })];\n`,
    },
    /job "one": expected each job name once; rename one of the two/,
  ],
  [
    "a schedule of a job that is not registered",
    {
      "index.ts": "export const jobs = [];\n",
      "schedules.ts": `${define}export const schedules = [schedule(every("1 hour"), defineJob({ name: "lost", run }))];\n`,
    },
    /schedule "lost": expected an exported job, got "lost"; export that job beside the others/,
  ],
  [
    "a timeout over the lane's",
    {
      "index.ts": `${define}\nexport const jobs = [\n  defineJob({ name: "slow", priority: "critical", timeout: "10 minutes", run }),\n];\n`,
    },
    /jobs\/index\.ts:5: job "slow": timeout: expected 1 millisecond to .* on lane critical, got "10 minutes"/,
  ],
  [
    "a missing file",
    { "index.ts": 'export { jobs } from "./absent.ts";\n' },
    /jobs\/index\.ts:1: Could not resolve "\.\/absent\.ts"/,
  ],
  [
    "a wrong export",
    { "index.ts": "export const size = 3;\n" },
    /jobs\/index\.ts: size: expected a job made by defineJob\(\), .*, got 3; export other values from another file/,
  ],
  [
    "no job",
    { "index.ts": "export const jobs = [];\n", "schedules.ts": "export const schedules = [];\n" },
    /jobs\/index\.ts: expected at least one exported job; export what defineJob\(\) returns/,
  ],
  [
    "a top-level await",
    { "index.ts": `${define}await 1;\nexport const one = defineJob({ name: "one", run });\n` },
    /jobs\/index\.ts:3: Top-level await is currently not supported/,
  ],
  [
    "an import that ends the process",
    { "index.ts": "process.exit(0);\nexport const jobs = [];\n" },
    /jobs cannot be loaded: one of their files ended the process \(code 0\)/,
  ],
];

const replaceJobs = (files: Readonly<Record<string, string>>): void => {
  rmSync(join(project, "jobs"), { recursive: true, force: true });
  cpSync(join(root, "jobs"), join(project, "jobs"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, "jobs", name), text);
};

test.each(cases)(
  "millrace dev and synth fail with one sentence that names the file: %s",
  async (_, files, sentence) => {
    replaceJobs(files);
    const [start, synth] = await Promise.all([
      run("cli/main.ts", ["dev", "--data", join(project, "data")]),
      run("infra/app.ts", []),
    ]);
    for (const { code, text } of [start, synth]) {
      expect(code).toBe(1);
      expect(text).toMatch(sentence);
      expect(text.trim().split("\n")).toHaveLength(1);
    }
    expect(start.text).not.toMatch(/runs|running/i);
    expect(existsSync(join(project, "data"))).toBe(false);
  },
);

test.each(cases.slice(0, -1))("the CLI fails with the same sentence: %s", async (_, files, sentence) => {
  replaceJobs(files);
  const { code, text } = await run("cli/main.ts", ["enqueue", "heartbeat"]);
  expect(code).toBe(1);
  expect(text).toMatch(sentence);
  expect(text.trim().split("\n")).toHaveLength(1);
});
