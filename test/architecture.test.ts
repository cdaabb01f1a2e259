import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { expect, test } from "@jest/globals";

/** Who may import whom: `core ← ports ← pipeline ← operations ← cli`; `aws` and `testing` are beside the pipeline. */
interface File {
  readonly path: string;
  readonly text: string;
  /** Packages by name, files of the tree by their path from its root. */
  readonly imports: readonly string[];
}

const root = join(import.meta.dirname, "..");
const git = ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.tsx"];
const importPattern =
  /^(?:import|export)\s(?:[\w\s{},*$]+\sfrom\s)?["']([^"']+)["']|\bimport\(\s*["'`]([^"'`]+)/gm;

const read = (path: string): File => {
  const text = readFileSync(join(root, path), "utf8");
  const names = [...text.matchAll(importPattern)].map(([, atStart, inline]) => atStart ?? inline ?? "");
  return {
    path,
    text,
    imports: names.map((name) => (name.startsWith(".") ? join(dirname(path), name) : name)),
  };
};

const files = execFileSync("git", git, { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)))
  .map(read);

const folders = new Set(files.map(({ path }) => `${path.split("/")[0]}/`));
const isPackage = (name: string) => ![...folders].some((folder) => name.startsWith(folder));
const oneOf =
  (...starts: readonly string[]) =>
  (name: string) =>
    starts.some((start) => name.startsWith(start));

/** `file → import` for each import of some folders that is not allowed. */
const breaches = (within: readonly string[], isAllowed: (name: string, path: string) => boolean) =>
  files
    .filter(({ path }) => oneOf(...within)(path))
    .flatMap(({ path, imports }) =>
      imports.filter((name) => !isAllowed(name, path)).map((name) => `${path} → ${name}`),
    );

/** Each way along imports that comes back to where it began, once. */
const circlesIn = (importsOf: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const [finished, circles] = [new Set<string>(), [] as string[]];
  const visit = (path: string, way: readonly string[]): void => {
    if (finished.has(path)) return;
    const start = way.indexOf(path);
    if (start >= 0) {
      circles.push([...way.slice(start), path].join(" → "));
      return;
    }
    for (const next of importsOf.get(path) ?? []) visit(next, [...way, path]);
    finished.add(path);
  };
  for (const path of importsOf.keys()) visit(path, []);
  return circles;
};

test("a circle of imports is found", () => {
  const importsOf = new Map([
    ["a", ["b"]],
    ["b", ["c", "d"]],
    ["c", []],
    ["d", ["a"]],
  ]);
  expect(circlesIn(importsOf)).toEqual(["a → b → d → a"]);
});

test("the tree is read, imports and all", () => {
  const found = (path: string) => files.find((file) => file.path === path)?.imports;
  expect(found("shared/core/shard.ts")).toContain("shared/core/lane.ts");
  expect(found("test/architecture.test.ts")).toContain("@jest/globals");
});

test("no file imports itself, not even through others", () => {
  const paths = new Set(files.map(({ path }) => path));
  const importsOf = new Map(
    files.map(({ path, imports }) => [path, imports.filter((name) => paths.has(name))] as const),
  );
  expect(circlesIn(importsOf)).toEqual([]);
});

test("core is pure: it imports core and four libraries", () => {
  const pure = oneOf("shared/core/", "node:crypto", "zod", "@standard-schema/spec", "cronstrue");
  expect(breaches(["shared/core/"], pure)).toEqual([]);
});

test("ports are interfaces over core", () => {
  expect(breaches(["shared/ports/"], oneOf("shared/core/", "shared/ports/"))).toEqual([]);
});

test("the pipeline is verbs over ports", () => {
  // Whose code is running, and who watches it, are questions to Node itself.
  const node = ["node:crypto", "node:async_hooks", "node:diagnostics_channel"];
  const allowed = oneOf("shared/core/", "shared/ports/", "shared/pipeline/", "zod", ...node);
  expect(breaches(["shared/pipeline/"], allowed)).toEqual([]);
});

test("operations are verbs over the pipeline, which knows none of them", () => {
  const allowed = oneOf("shared/core/", "shared/ports/", "shared/pipeline/", "shared/operations/", "zod");
  expect(breaches(["shared/operations/"], allowed)).toEqual([]);
});

test("the ports in memory and their contract need no AWS", () => {
  const parts = ["shared/core/", "shared/ports/", "shared/pipeline/", "shared/testing/"];
  const packages = ["@jest/globals", "@standard-schema/spec", "ulid", "node:async_hooks", "node:timers"];
  expect(breaches(["shared/testing/"], oneOf(...parts, ...packages))).toEqual([]);
});

test("shared knows nothing of what is built on it", () => {
  expect(breaches(["shared/"], (name) => isPackage(name) || name.startsWith("shared/"))).toEqual([]);
});

test("AWS is spoken to from shared/aws alone", () => {
  const isOther = (name: string, path: string) =>
    path.startsWith("shared/aws/") || !name.startsWith("@aws-sdk/");
  expect(breaches(["shared/", "functions/", "cli/", "mcp/", "jobs/"], isOther)).toEqual([]);
});

test("jobs import packages, millrace among them, and each other", () => {
  expect(breaches(["jobs/"], (name) => isPackage(name) || name.startsWith("jobs/"))).toEqual([]);
});

test("jobs/ is imported by tests alone: functions import #jobs, which the bundler resolves", () => {
  const importers = files.filter(
    ({ path, imports }) => !oneOf("jobs/", "test/")(path) && imports.some((name) => name.startsWith("jobs/")),
  );
  expect(importers.map(({ path }) => path)).toEqual([]);
});

test("infra never imports jobs, which may build a client when they are imported", () => {
  expect(breaches(["infra/"], (name) => !oneOf("jobs/", "functions/", "localstack/", "cli/")(name))).toEqual(
    [],
  );
});

test("functions are compositions: short, of shared, imported by no other code, their environment read as a whole", () => {
  const parts = (name: string) => isPackage(name) || oneOf("shared/", "functions/")(name);
  expect(breaches(["functions/"], parts)).toEqual([]);
  expect(
    breaches(
      [...folders].filter((one) => !oneOf("functions/", "test/")(one)),
      (name) => !name.startsWith("functions/"),
    ),
  ).toEqual([]);
  const functions = files.filter(({ path }) => path.startsWith("functions/"));
  expect(
    functions.filter(({ text }) => text.split("\n").length > 80 || /process\.env[.[]/.test(text)),
  ).toEqual([]);
});

test("the CLI is a view of operations: of the pipeline it has types, of infra what finds the jobs of an app, and it starts the embedded pipeline", () => {
  const others = ["infra/project.ts", "infra/load-registry.ts", "localstack/dev/dev.ts"];
  const parts = oneOf(
    "cli/",
    "shared/core/",
    "shared/operations/",
    "shared/aws/",
    "shared/pipeline/",
    ...others,
  );
  expect(breaches(["cli/"], (name) => isPackage(name) || parts(name))).toEqual([]);
  const valueOfPipeline =
    /^import (?!type\b)[^;]*from "[^"]*shared\/pipeline\/|import\([^)]*shared\/pipeline\//m;
  const importers = files.filter(({ path, text }) => path.startsWith("cli/") && valueOfPipeline.test(text));
  expect(importers.map(({ path }) => path)).toEqual([]);
});

test("no code imports the CLI", () => {
  const others = [...folders].filter((one) => !oneOf("cli/", "test/")(one));
  expect(breaches(others, (name) => !name.startsWith("cli/"))).toEqual([]);
});

test("errors that reach a caller are of classes with parts, and no view reads the text of an error", () => {
  const plainError = /\bnew Error\(/;
  const callers = ["shared/core/", "shared/operations/", "shared/pipeline/schedules/"];
  const textOfError =
    /\.(message|problem)\)?\.(replace|match|matchAll|startsWith|endsWith|search)\(|\.test\(\w+\.(message|problem)\)/;
  /** Commander puts "error: " before its messages. */
  const isForeign = (line: string) => line.includes("instanceof CommanderError");
  const linesOf = (within: readonly string[], pattern: RegExp) =>
    files
      .filter(({ path }) => oneOf(...within)(path))
      .flatMap(({ path, text }) => text.split("\n").map((line) => ({ path, line })))
      .filter(({ line }) => pattern.test(line) && !isForeign(line))
      .map(({ path, line }) => `${path}: ${line.trim()}`);
  expect(linesOf(callers, plainError)).toEqual([]);
  expect(linesOf(["cli/", "shared/operations/", "shared/pipeline/"], textOfError)).toEqual([]);
});

test("no file is longer than 300 lines", () => {
  expect(files.filter(({ text }) => text.split("\n").length > 301).map(({ path }) => path)).toEqual([]);
});

test("exports have names", () => {
  const hasDefault = /^export default\b|^export \{[^}]*\bas default\b/m;
  const isConfig = ({ path }: File) => /\.config\.tsx?$/.test(path);
  expect(
    files.filter((file) => hasDefault.test(file.text) && !isConfig(file)).map(({ path }) => path),
  ).toEqual([]);
});
