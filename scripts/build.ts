/** `npm run build [-- <folder>]`: the npm package, ready to be packed, in `dist/package` or another folder. */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { commonJsExports, commonJsPath, writeCommonJs } from "./build/commonjs.ts";

const root = dirname(import.meta.dirname);
const out = resolve(process.argv[2] ?? join(root, "dist", "package"));

const manifest = z.looseObject({
  exports: z.record(z.string(), z.string()),
  imports: z.record(z.string(), z.string()),
  bin: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
});

/** What users install with the package, beside its dependencies: the bundler, and the local SQS. */
const alsoNeeded = ["esbuild", "fauxqs"];

/** Only for the construct. Whoever uses it has them already. */
const peers = ["aws-cdk-lib", "constructs"];

/** Only for the jobs of this repository. */
const notNeeded = ["csv-parse", "nodemailer"];

const files = ["README.md", "CHANGELOG.md", "LICENSE", "docs"];

const built = (path: string): string => path.replace(/\.ts$/, ".js");

const own = manifest.parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));

const exportOf = (name: string, path: string): object => {
  const esm = { types: path.replace(/\.js$/, ".d.ts"), default: path };
  if (!commonJsExports.has(name)) return esm;
  const types = path.replace(/\.js$/, ".d.cts");
  return { import: esm, require: { types, default: commonJsPath(path) } };
};

const packageJson = (): unknown => {
  const { devDependencies } = own;
  const pick = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, devDependencies[name] ?? missing(name)]));
  const kept = Object.entries(own.dependencies).filter(([name]) => !notNeeded.includes(name));
  return {
    name: own["name"],
    version: own["version"],
    description: own["description"],
    license: own["license"],
    // Alarms link to the runbook there: see infra/runbook.ts.
    ...(own["repository"] !== undefined && { repository: own["repository"] }),
    type: "module",
    engines: { node: ">=24" },
    exports: {
      ...Object.fromEntries(
        Object.entries(own.exports).map(([name, path]) => [name, exportOf(name, built(path))]),
      ),
      "./package.json": "./package.json",
    },
    imports: Object.fromEntries(Object.entries(own.imports).map(([name, path]) => [name, built(path)])),
    bin: own.bin,
    dependencies: { ...Object.fromEntries(kept), ...pick(alsoNeeded) },
    optionalDependencies: own.optionalDependencies,
    // Not for use: what this version was tested with, which millrace init installs.
    devDependencies,
    peerDependencies: Object.fromEntries(
      Object.entries(pick(peers)).map(([name, version]) => [name, `^${version}`]),
    ),
    peerDependenciesMeta: Object.fromEntries(peers.map((name) => [name, { optional: true }])),
  };
};

const missing = (name: string): never => {
  throw new Error(`package.json: expected ${name} among devDependencies`);
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const tsc = join(root, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", out], {
  cwd: root,
  stdio: "inherit",
});
cpSync(join(root, "cli", "millrace.js"), join(out, "cli", "millrace.js"));
chmodSync(join(out, "cli", "millrace.js"), 0o755);
for (const path of files) cpSync(join(root, path), join(out, path), { recursive: true });
for (const [, path] of Object.entries(own.exports).filter(([name]) => commonJsExports.has(name)))
  await writeCommonJs({
    source: join(root, path),
    path: join(out, built(path)),
    packages: Object.keys(own.dependencies),
  });
writeFileSync(join(out, "package.json"), `${JSON.stringify(packageJson(), null, 2)}\n`);
