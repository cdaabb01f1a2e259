import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { type Bundles, bundleFunctions } from "../../infra/bundle.ts";
import { findProject } from "../../infra/project.ts";

jest.setTimeout(300_000);

const run = promisify(execFile);
const root = mkdtempSync(join(tmpdir(), "millrace-native-"));
afterAll(() => rmSync(root, { recursive: true }));

mkdirSync(join(root, "jobs"));
mkdirSync(join(root, "functions"));
writeFileSync(join(root, "package.json"), '{ "private": true }');
writeFileSync(
  join(root, "jobs", "index.ts"),
  `import { hashSync } from "@node-rs/bcrypt";
import sharp from "sharp";
export const hash = () => hashSync("secret", 4);
export const image = async () => {
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });
  return (await picture.png().toBuffer()).subarray(1, 4).toString();
};
`,
);
for (const name of ["dispatcher", "sweeper", "worker"])
  writeFileSync(
    join(root, "functions", `${name}.ts`),
    `import { modules } from "#jobs";\nconst jobs = modules[0].exports;\nexport const print = async () => console.log(jobs.hash().length, await jobs.image());\n`,
  );

const installed = await run(
  "npm",
  ["install", "--no-audit", "--no-fund", "sharp@0.34.5", "@node-rs/bcrypt@1.10.7"],
  { cwd: root, timeout: 200_000 },
).then(
  () => true,
  () => false,
);

const [withRegistry, why] = installed
  ? [describe, "from the npm registry"]
  : [describe.skip, "skipped: npm cannot install them here"];

withRegistry(`sharp and @node-rs/bcrypt, ${why}`, () => {
  const bundle = (target: "here" | "lambda", external: string[] = []): Promise<Bundles> =>
    bundleFunctions({
      project: findProject({ from: root }),
      functionsDir: join(root, "functions"),
      outDir: join(root, ".millrace", "build", target),
      target,
      onExternal: (packages) => external.push(...packages.map(({ name }) => name)),
    });

  test("run on this machine from the app's node_modules", async () => {
    const { worker } = await bundle("here");
    const { stdout } = await run(process.execPath, ["-e", `require(${JSON.stringify(worker)}).print()`]);
    expect(stdout.trim()).toBe("60 PNG");
  });

  describe("for Lambda", () => {
    let bundles: Bundles;
    const external: string[] = [];
    beforeAll(async () => {
      bundles = await bundle("lambda", external);
    });

    test("are listed, and installed beside each function in the app's versions", () => {
      expect(external.toSorted()).toEqual(["@node-rs/bcrypt", "sharp"]);
      for (const folder of Object.values(bundles)) {
        const modules = join(folder, "node_modules");
        expect(JSON.parse(readFileSync(join(modules, "sharp", "package.json"), "utf8")).version).toBe(
          "0.34.5",
        );
        expect(existsSync(join(modules, ".package-lock.json"))).toBe(false);
      }
    });

    test("have machine code for linux-arm64 with glibc, and no other", () => {
      const modules = join(bundles.worker, "node_modules");
      const machines = readdirSync(modules, { recursive: true, encoding: "utf8" })
        .filter((path) => /\.node$|\.so(?:\.|$)/.test(path))
        .map((path) => readFileSync(join(modules, path)).readUInt16LE(18));
      expect(machines).toHaveLength(3);
      expect(new Set(machines)).toEqual(new Set([0xb7]));
      expect(readdirSync(join(modules, "@img")).filter((name) => name.includes("musl"))).toEqual([]);
    });

    test("are not installed again for the same versions", async () => {
      const packages = join(root, ".millrace", "build", "packages");
      const before = readdirSync(packages);
      await bundle("lambda");
      expect(readdirSync(packages)).toEqual(before);
    });
  });

  test("name a native package that has no machine code for Lambda", async () => {
    const folder = join(root, "node_modules", "sharp");
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    // As if it were compiled on installation: sharp@0.30 is.
    writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, version: "0.30.7" }));
    await expect(bundle("lambda")).rejects.toThrow(
      "sharp@0.30.7 cannot be deployed: its package has no machine code for linux-arm64",
    );
    writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, version: "0.0.0-none" }));
    await expect(bundle("lambda")).rejects.toThrow(/sharp@0\.0\.0-none.* cannot be installed for Lambda: /);
  });
});
