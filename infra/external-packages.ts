import { existsSync, globSync, readFileSync, realpathSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import type { OnResolveResult, Plugin } from "esbuild";
import type { Project } from "./project.ts";

/** A package that is not bundled, but installed beside the code. */
export interface ExternalPackage {
  readonly name: string;
  readonly version: string;
  /** Where the app has it. */
  readonly folder: string;
  /** Whether it loads machine code, so that it must be installed for the machine that runs it. */
  readonly isNative: boolean;
}

export interface ExternalPackagesOptions {
  readonly project: Project;
  /** Packages that the app wants to be external, beside those that must be. */
  readonly external: readonly string[];
  readonly onPackage: (found: ExternalPackage) => void;
}

/** Leaves native packages out of the bundle, and those that the app names. */
export const externalPackages = ({ project, external, onPackage }: ExternalPackagesOptions): Plugin => ({
  name: "external-packages",
  setup: ({ onResolve }) => {
    const known = new Map<string, ExternalPackage | undefined>();
    const read = (folder: string): ExternalPackage | undefined => {
      if (!known.has(folder)) known.set(folder, readPackage(folder));
      return known.get(folder);
    };
    onResolve({ filter: /^[^./#]/ }, ({ path, kind, resolveDir }): OnResolveResult | undefined => {
      const name = packageName(path);
      if (kind === "entry-point" || name === "millrace" || isBuiltin(path)) return undefined;
      const folder = packageFolder(name, resolveDir);
      const found = folder === undefined ? undefined : read(folder);
      if (!found || !(found.isNative || external.includes(name))) return undefined;
      // The bundle finds it from the app's folder, or from its own in Lambda.
      if (packageFolder(name, project.root) !== folder)
        return { errors: [{ text: notInApp(found, resolveDir) }] };
      onPackage(found);
      return { path, external: true };
    });
  },
});

const notInApp = ({ name, version }: ExternalPackage, from: string): string =>
  `${from} uses ${name}@${version}, which cannot be bundled: expected the same version in the app's own node_modules, to install it beside the code; run npm install --save-exact ${name}@${version}`;

/** `sharp` of `sharp/lib/x.js`, `@node-rs/bcrypt` of `@node-rs/bcrypt`. */
const packageName = (path: string): string =>
  path
    .split("/")
    .slice(0, path.startsWith("@") ? 2 : 1)
    .join("/");

/** The folder of a package as Node finds it from another folder, without symbolic links. */
export const packageFolder = (name: string, from: string): string | undefined => {
  const folder = join(from, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return realpathSync(folder);
  const parent = dirname(from);
  return parent === from ? undefined : packageFolder(name, parent);
};

type Versions = Readonly<Record<string, string>>;

/** The fields of a package.json that are read. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly gypfile?: boolean;
  readonly binary?: unknown;
  readonly dependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly peerDependencies?: Versions;
}

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

const readPackage = (folder: string): ExternalPackage | undefined => {
  const manifest = readManifest(folder);
  const { name, version } = manifest;
  if (name === undefined || version === undefined) return undefined;
  return { name, version, folder, isNative: isNative(folder, manifest) };
};

/** What loads or downloads machine code for a package. */
const loaders = [
  "@mapbox/node-pre-gyp",
  "bindings",
  "node-gyp-build",
  "node-gyp-build-optional-packages",
  "node-pre-gyp",
  "prebuild-install",
];

/** A package with the machine code of one platform, such as `@img/sharp-linux-arm64`. */
const platformPackage = /(?:^|[-/])(?:darwin|linux|linuxmusl|win32)[-_]/;

const isNative = (folder: string, manifest: Manifest): boolean =>
  manifest.gypfile === true ||
  manifest.binary !== undefined ||
  loaders.some((name) => name in { ...manifest.dependencies }) ||
  Object.keys({ ...manifest.optionalDependencies }).some((name) => platformPackage.test(name)) ||
  existsSync(join(folder, "binding.gyp")) ||
  globSync(["*.node", "{build,dist,lib,bin,native,prebuilds}/**/*.node"], { cwd: folder }).length > 0;
