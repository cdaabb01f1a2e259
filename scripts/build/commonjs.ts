import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/**
 * The exports that a CommonJS program can `require`: what jobs, servers and tests import. Jest runs CommonJS, unless Node
 * is started with a flag. A program that loads both forms has two copies, which recognise each other's jobs and errors.
 */
export const commonJsExports: ReadonlySet<string> = new Set([".", "./client", "./testing"]);

/** Packages that have no CommonJS form, so they are bundled. */
const esmOnly: ReadonlySet<string> = new Set(["p-limit"]);

export const commonJsPath = (path: string): string => path.replace(/\.js$/, ".cjs");

export interface BuiltModule {
  /** Its source, a `.ts`. */
  readonly source: string;
  /** What it was built to, a `.js`. */
  readonly path: string;
  /** The packages that stay outside. */
  readonly packages: readonly string[];
}

/** Write the CommonJS form of a module, and its types, beside what it was built to. */
export const writeCommonJs = async ({ source, path, packages }: BuiltModule): Promise<void> => {
  await build({
    entryPoints: [source],
    outfile: commonJsPath(path),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    external: packages.filter((name) => !esmOnly.has(name)),
    define: { "import.meta.dirname": "__dirname" },
    logLevel: "warning",
  });
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(source).href);
  writeFileSync(path.replace(/\.js$/, ".d.cts"), declarations(basename(path), Object.entries(module)));
};

/** The types of a CommonJS form: those of the module, whose values a CommonJS file may only name by their types. */
const declarations = (module: string, values: readonly (readonly [string, unknown])[]): string => {
  const from = `from "./${module}" with { "resolution-mode": "import" };`;
  const declared = values.flatMap(([name, value]) => [
    `export declare const ${name}: typeof esm.${name};`,
    ...(isClass(value) ? [`export type ${name} = esm.${name};`] : []),
  ]);
  return [`import type * as esm ${from}`, `export type * ${from}`, ...declared, ""].join("\n");
};

const isClass = (value: unknown): boolean =>
  typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
