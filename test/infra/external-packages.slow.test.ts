import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { bundleFunctions } from "../../infra/bundle.ts";
import { findProject } from "../../infra/project.ts";

let root: string;

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "millrace-external-"));
  const functions = Object.fromEntries(
    ["dispatcher", "sweeper", "worker"].map((name) => [
      `functions/${name}.ts`,
      `import { modules } from "#jobs";\nexport const run = () => modules;\n`,
    ]),
  );
  write({ "package.json": "{}", ...functions });
});
afterEach(() => rmSync(root, { recursive: true }));

const bundle = async (external?: readonly string[]) => {
  const found: string[] = [];
  const { worker } = await bundleFunctions({
    project: findProject({ from: root }),
    functionsDir: join(root, "functions"),
    outDir: join(root, "elsewhere"),
    external,
    onExternal: (packages) => found.push(...packages.map(({ name, version }) => `${name}@${version}`)),
  });
  return { found, code: readFileSync(join(worker, "index.js"), "utf8") };
};

const packageOf = (name: string, manifest: object, folder = "node_modules") => ({
  [`${folder}/${name}/package.json`]: JSON.stringify({
    name,
    version: "1.2.3",
    main: "index.js",
    ...manifest,
  }),
  [`${folder}/${name}/index.js`]: `exports.text = "code of ${name}";`,
});

const importing = (...names: readonly string[]) => ({
  "jobs/index.ts": names.map((name, i) => `export { text as text${i} } from "${name}";\n`).join(""),
});

describe("packages that are not bundled", () => {
  test.each<[string, object]>([
    ["is compiled on installation", { gypfile: true }],
    ["loads machine code", { dependencies: { "node-gyp-build": "4" } }],
    ["has a package for each platform", { optionalDependencies: { "@image/core-linux-arm64": "1" } }],
  ])("include one that %s", async (_, manifest) => {
    write({ ...packageOf("image", manifest), ...packageOf("plain", {}), ...importing("image", "plain") });
    const { found, code } = await bundle();
    expect(found).toEqual(["image@1.2.3"]);
    expect(code).toContain('require("image")');
    expect(code).toContain("code of plain");
  });

  test("include one with a file of machine code", async () => {
    write({ ...packageOf("@a/image", {}), ...importing("@a/image") });
    write({ "node_modules/@a/image/prebuilds/linux-x64/image.node": "" });
    expect((await bundle()).found).toEqual(["@a/image@1.2.3"]);
  });

  test("include those that package.json and the pipeline name, if a job uses them", async () => {
    write({ "package.json": '{ "millrace": { "external": ["fonts", "unused"] } }' });
    write({ ...packageOf("fonts", {}), ...packageOf("other", {}), ...importing("fonts", "other") });
    expect((await bundle()).found).toEqual(["fonts@1.2.3"]);
    expect((await bundle(["other"])).found.toSorted()).toEqual(["fonts@1.2.3", "other@1.2.3"]);
  });

  test("must be the app's own, in the same version", async () => {
    write({ ...packageOf("tool", {}), ...importing("tool") });
    write({ "node_modules/tool/index.js": `exports.text = require("image");` });
    write(packageOf("image", { gypfile: true }, "node_modules/tool/node_modules"));
    await expect(bundle()).rejects.toThrow(
      /uses image@1\.2\.3, which cannot be bundled: expected the same version in the app's own node_modules, .*; run npm install --save-exact image@1\.2\.3/,
    );
  });

  test("are the way out where a package cannot be bundled", async () => {
    write({ ...packageOf("odd", {}), ...importing("odd") });
    write({ "node_modules/odd/index.js": `exports.text = require("./image.bin");` });
    write({ "node_modules/odd/image.bin": "" });
    await expect(bundle()).rejects.toThrow(
      'node_modules/odd/index.js:1: No loader is configured for ".bin" files: node_modules/odd/image.bin; the package odd cannot be bundled: write "millrace": { "external": ["odd"] } into package.json, to install it beside the code',
    );
    expect((await bundle(["odd"])).found).toEqual(["odd@1.2.3"]);
  });

  test("are not linked where functions run on this machine", async () => {
    write({ ...packageOf("image", { gypfile: true }), ...importing("image") });
    await bundle();
    expect(existsSync(join(root, "elsewhere/worker/node_modules"))).toBe(false);
  });
});
