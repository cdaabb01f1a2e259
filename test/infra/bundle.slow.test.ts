import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type Bundles, bundleFunctions } from "../../infra/bundle.ts";
import { findProject } from "../../infra/project.ts";

let root: string;

const write = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};

const source = `
  import { readFileSync } from "node:fs";
  import { greeting } from "../shared/greeting.ts";
  export class PaymentDeclined extends Error {}
  export const handler = async (): Promise<unknown> => ({
    greeting,
    error: new PaymentDeclined().constructor.name,
    data: readFileSync(new URL("data/deep/numbers.csv", import.meta.url), "utf8"),
    isStrict: (function () { return this === undefined; })(),
    beside: import.meta.filename === import.meta.dirname + "/index.js",
  });
`;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "millrace-bundle-"));
  await write("package.json", "{}");
  await write("jobs/index.ts", "");
  await write("shared/greeting.ts", `export const greeting: string = "good morning";`);
  for (const name of ["dispatcher", "sweeper", "worker"]) await write(`functions/${name}.ts`, source);
  await write("jobs/data/deep/numbers.csv", "1,2,3");
});

/** Bundles the functions above, in place of ours. */
const bundle = (outDir?: string): Promise<Bundles> =>
  bundleFunctions({
    project: findProject({ from: root }),
    functionsDir: join(root, "functions"),
    ...(outDir !== undefined && { outDir: join(root, outDir) }),
  });

afterEach(() => rm(root, { recursive: true }));

const contents = async (folder: string): Promise<Readonly<Record<string, string>>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = paths
    .sort()
    .map(async (path) => [path.slice(folder.length + 1), await readFile(path, "utf8")] as const);
  return Object.fromEntries(await Promise.all(texts));
};

describe("bundleFunctions", () => {
  test("writes CommonJS, a source map, a manifest and the jobs' data", async () => {
    const bundles = await bundle();
    expect(bundles).toEqual({
      dispatcher: join(root, ".millrace/build/functions/dispatcher"),
      sweeper: join(root, ".millrace/build/functions/sweeper"),
      worker: join(root, ".millrace/build/functions/worker"),
    });
    const files = await contents(bundles.worker);
    expect(Object.keys(files)).toEqual(["data/deep/numbers.csv", "index.js", "index.js.map", "package.json"]);
    expect(JSON.parse(files["package.json"] ?? "")).toEqual({ type: "commonjs" });
  });

  test("produces code that runs without the project, finds its data and keeps class names", async () => {
    const { worker } = await bundle();
    await rm(join(root, "jobs", "data"), { recursive: true });
    await rm(join(root, "shared"), { recursive: true });
    const script = `require(${JSON.stringify(worker)}).handler().then((out) => console.log(JSON.stringify(out)))`;
    const printed = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual({
      greeting: "good morning",
      error: "PaymentDeclined",
      data: "1,2,3",
      isStrict: true,
      beside: true,
    });
  });

  test("writes a source map that names the sources without containing them", async () => {
    const { worker } = await bundle();
    const map = JSON.parse((await contents(worker))["index.js.map"] ?? "");
    expect(map.sources).toContain("../../../../functions/worker.ts");
    expect(map.sourcesContent).toBeUndefined();
  });

  test("works without a data folder", async () => {
    await rm(join(root, "jobs", "data"), { recursive: true });
    const { sweeper } = await bundle();
    expect(Object.keys(await contents(sweeper))).toEqual(["index.js", "index.js.map", "package.json"]);
  });

  test("throws with the name of the file when a function is missing", async () => {
    await rm(join(root, "functions/sweeper.ts"));
    await expect(bundle()).rejects.toThrow("functions/sweeper.ts");
  });

  test("throws when the bundler warns", async () => {
    await write("functions/worker.ts", "export const handler = async () => import.meta.resolve('x');");
    await expect(bundle()).rejects.toThrow(/functions\/worker.ts.*import.meta/s);
  });
});

/** A namespace import lets the bundler drop unused exports. `{ z }` adds 264 kB of translated messages. */
test("this project's bundles contain no translations of zod's messages", async () => {
  const outDir = join(root, "own");
  const bundles = await bundleFunctions({ project: findProject({ from: import.meta.dirname }), outDir });
  for (const folder of Object.values(bundles)) {
    const map = JSON.parse(await readFile(join(folder, "index.js.map"), "utf8"));
    const locales = map.sources.filter((source: string) => source.includes("/zod/v4/locales/"));
    expect(locales.filter((source: string) => !source.endsWith("/en.js"))).toEqual([]);
    expect(map.sources.filter((source: string) => source.includes("/zod/v4/"))).not.toEqual([]);
  }
});

describe("bundleFunctions, repeated", () => {
  test("produces the same bytes in another folder", async () => {
    const here = await bundle("here");
    const there = await bundle("there/and/deeper");
    expect(await contents(there.worker)).toEqual(await contents(here.worker));
  });

  test("is safe to run concurrently", async () => {
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => bundle()));
    expect(others).toEqual([first, first, first]);
    expect(await readdir(join(root, ".millrace/build/functions"))).toEqual([
      "dispatcher",
      "sweeper",
      "worker",
    ]);
  });

  test("does not write files that are up to date", async () => {
    const { worker } = await bundle();
    const before = await stat(join(worker, "index.js"));
    await bundle();
    expect((await stat(join(worker, "index.js"))).ino).toBe(before.ino);
  });

  test("replaces changed files and removes deleted ones", async () => {
    const { worker } = await bundle();
    await write("shared/greeting.ts", `export const greeting = "good evening";`);
    await write("jobs/data/letters.csv", "a,b,c");
    await rm(join(root, "jobs/data/deep"), { recursive: true });
    await bundle();
    const files = await contents(worker);
    expect(files["index.js"]).toContain("good evening");
    expect(Object.keys(files)).toEqual(["data/letters.csv", "index.js", "index.js.map", "package.json"]);
  });
});
