import { execFileSync } from "node:child_process";
import { type Dirent, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CliError } from "../problem.ts";

/** What `millrace init` needs to know of the folder that it is called in. */
export interface AppFolder {
  /** The name of the folder. */
  readonly name: string;
  /** Undefined when there is no package.json. */
  readonly packageJson: PackageJson | undefined;
  /** How this app's TypeScript files import each other. Undefined when it has no tsconfig.json. */
  readonly importEnding: ".ts" | ".js" | undefined;
  readonly gitignore: string | undefined;
  /** Whether the folder has a file with code, or a folder that may have some. */
  readonly hasCode: boolean;
  exists(path: string): boolean;
}

/** The fields that are read or changed. The others are kept. */
export interface PackageJson {
  readonly [field: string]: unknown;
  readonly type?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export const readAppFolder = (folder: string): AppFolder => {
  const textOf = (path: string): string | undefined =>
    existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : undefined;
  return {
    name: basename(folder),
    packageJson: parsePackageJson(textOf("package.json")),
    importEnding: existsSync(join(folder, "tsconfig.json")) ? importEndingIn(folder) : undefined,
    gitignore: textOf(".gitignore"),
    hasCode: readdirSync(folder, { withFileTypes: true }).some(mayHaveCode),
    exists: (path) => existsSync(join(folder, path)),
  };
};

const mayHaveCode = (entry: Dirent): boolean =>
  entry.isDirectory() ? !/^\.|^(?:node_modules|docs)$/.test(entry.name) : /\.[cm]?[jt]sx?$/.test(entry.name);

const parsePackageJson = (text: string | undefined): PackageJson | undefined => {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError("failed", `package.json: expected JSON: ${message}`, { cause: error });
  }
};

/** Asks the app's own compiler, because a tsconfig.json may extend others. Without one, `.js` is right everywhere. */
const importEndingIn = (folder: string): ".ts" | ".js" => {
  const tsc = join(folder, "node_modules", "typescript", "bin", "tsc");
  if (!existsSync(tsc)) return ".js";
  try {
    const text = execFileSync(process.execPath, [tsc, "--showConfig"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const shown = JSON.parse(text);
    const { allowImportingTsExtensions, rewriteRelativeImportExtensions } = shown.compilerOptions ?? {};
    return allowImportingTsExtensions || rewriteRelativeImportExtensions ? ".ts" : ".js";
  } catch {
    return ".js";
  }
};
