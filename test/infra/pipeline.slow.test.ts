import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";

jest.setTimeout(120_000);

const own = join(import.meta.dirname, "..", "..");
let root: string;

/** An app of its own, with this package and CDK in its `node_modules`. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "millrace-app-"));
  mkdirSync(join(root, "jobs"));
  mkdirSync(join(root, "node_modules"));
  for (const name of ["aws-cdk-lib", "constructs"])
    symlinkSync(join(own, "node_modules", name), join(root, "node_modules", name));
  symlinkSync(own, join(root, "node_modules", "millrace"));
  write("package.json", '{ "type": "module" }');
  write("jobs/index.ts", job);
  write("app.ts", app('new Pipeline(stack, "Jobs", { jobs: "./jobs" });'));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (path: string, text: string): void => writeFileSync(join(root, path), text);

const job = `import { defineJob } from "millrace";
export const hello = defineJob({ name: "hello", run: () => "hello of this app" });
`;

const app = (body: string): string => `import { App, Stack } from "aws-cdk-lib";
import { Pipeline } from "millrace/cdk";
const app = new App({ outdir: "cdk.out" });
const stack = new Stack(app, "Shop");
${body}
app.synth();
`;

/** Runs the app as CDK does. */
const synth = () =>
  new Promise<{ readonly code: number | null; readonly text: string }>((resolve) => {
    const child = spawn(process.execPath, ["app.ts"], { cwd: root, env: { ...process.env, NO_COLOR: "1" } });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
    child.once("close", (code) => resolve({ code, text }));
  });

test("Pipeline bundles the jobs of an app once, as assets of its stack", async () => {
  write("app.ts", app('for (const id of ["Jobs", "Mail"]) new Pipeline(stack, id, { jobs: "./jobs" });'));
  expect(await synth()).toEqual({ code: 0, text: "" });
  expect(readdirSync(join(root, ".millrace", "build"))).toEqual(["shop-jobs"]);
  const assets = readdirSync(join(root, "cdk.out")).filter((name) => name.startsWith("asset."));
  expect(assets).toHaveLength(3);
  for (const asset of assets)
    expect(readFileSync(join(root, "cdk.out", asset, "index.js"), "utf8")).toContain("hello of this app");
});

test("Pipeline finds the jobs where package.json says", async () => {
  write("package.json", '{ "type": "module", "millrace": { "jobs": "./jobs/index.ts" } }');
  write("app.ts", app('new Pipeline(stack, "Jobs");'));
  expect(await synth()).toEqual({ code: 0, text: "" });
});

test.each<[string, string, string, string]>([
  [
    "there are no jobs",
    "app.ts",
    app('new Pipeline(stack, "Jobs", { jobs: "./work" });'),
    "jobs: expected a folder or a module with jobs, and work does not exist in",
  ],
  [
    "nothing is exported",
    "jobs/index.ts",
    "export {};\n",
    "jobs/ cannot be loaded: jobs/index.ts: expected at least one exported job",
  ],
  [
    "an export is no job",
    "jobs/index.ts",
    "export const size = 3;\n",
    "jobs/ cannot be loaded: jobs/index.ts: size: expected a job made by defineJob()",
  ],
  [
    "a job file throws",
    "jobs/index.ts",
    '\nthrow new Error("no key");\n',
    "jobs/ cannot be loaded: jobs/index.ts:2: no key",
  ],
  [
    "a setting is wrong",
    "app.ts",
    app('new Pipeline(stack, "Jobs", { memoryMb: 1 });'),
    "memoryMb: expected a whole number from 128 to 10240, got 1",
  ],
])("Pipeline ends the synthesis with one sentence when %s", async (_, path, text, message) => {
  write(path, text);
  const { code, text: output } = await synth();
  expect(code).toBe(1);
  expect(output).toContain(`Error: Pipeline "Shop/Jobs": ${message}`);
  // The only calls below are the app's, and Node's.
  expect(output).not.toMatch(/at .*\/infra\//);
  expect(existsSync(join(root, "cdk.out", "Shop.template.json"))).toBe(false);
});
