import { withoutUndefined } from "../../shared/core/without-undefined.ts";
import { CliError } from "../problem.ts";
import type { AppFolder, PackageJson } from "./app-folder.ts";
import {
  appFile,
  cdkJson,
  exampleJob,
  exampleTest,
  type FileEnding,
  jobsIndex,
  schedulesFile,
  type TestRunner,
  tsconfig,
} from "./templates.ts";

export interface FileChange {
  readonly path: string;
  readonly kind: "create" | "change";
  /** The whole text of the file. */
  readonly text: string;
  /** What changes in a file that exists. */
  readonly note?: string;
}

/** What `millrace init` will do. Nothing else is changed. */
export interface InitPlan {
  readonly changes: readonly FileChange[];
  /** What the app's author has to do. */
  readonly hints: readonly string[];
  readonly needsInstall: boolean;
}

export interface InitOptions {
  /** The folder for jobs. */
  readonly jobs: string;
  /** Whether to add a CDK app, or how to use an existing one. */
  readonly hasCdk: boolean;
  /** What to install, by name: for package.json. */
  readonly versions: Readonly<Record<string, string>>;
}

/** @throws CliError when the folder has jobs already */
export const planInit = (folder: AppFolder, options: InitOptions): InitPlan => {
  const { jobs } = options;
  if (folder.exists(jobs)) {
    throw new CliError(
      "failed",
      `${jobs}/ exists already, so nothing was changed: pass --jobs with the name of another folder`,
    );
  }
  const runner = testRunnerOf(folder.packageJson);
  const modules = moduleSystemOf(folder, runner);
  const setting = jobs === "jobs" ? undefined : `./${jobs}`;
  const cdk = options.hasCdk
    ? planCdk(folder, { jobs, file: `infra/app.${modules.cdkEnding}` })
    : { changes: [], hints: [], packages: [] };
  const manifest = planPackageJson(folder, { ...options, runner, setting, cdkPackages: cdk.packages });
  const { fileEnding, importEnding } = modules;
  const example = exampleTest(runner, modules);
  const changes: FileChange[] = [
    ...(manifest ? [manifest] : []),
    create(`${jobs}/index.${fileEnding}`, jobsIndex(importEnding)),
    create(`${jobs}/hello.${fileEnding}`, exampleJob),
    create(`${jobs}/schedules.${fileEnding}`, schedulesFile(importEnding)),
    create(`${jobs}/${example.name}`, example.text),
    ...(folder.exists("tsconfig.json") ? [] : [create("tsconfig.json", tsconfig)]),
    ...planGitignore(folder),
    ...cdk.changes,
  ];
  return { changes, hints: cdk.hints, needsInstall: manifest !== undefined };
};

const create = (path: string, text: string): FileChange => ({ path, kind: "create", text });

const testRunnerOf = (packageJson: PackageJson | undefined): TestRunner => {
  const names = Object.keys({ ...packageJson?.dependencies, ...packageJson?.devDependencies });
  return names.includes("vitest") ? "vitest" : names.includes("jest") ? "jest" : "node";
};

/** A folder without code becomes an ES module, as all examples are: `npm init` says "commonjs". */
const becomesModule = ({ packageJson, hasCode, importEnding }: AppFolder): boolean =>
  packageJson?.type !== "module" && !hasCode && importEnding === undefined;

interface ModuleSystem {
  /** Of the files that are written. */
  readonly fileEnding: FileEnding;
  readonly cdkEnding: FileEnding;
  /** What the files import each other by. */
  readonly importEnding: `.${FileEnding}` | ".js" | ".mjs";
}

/** In a CommonJS app, Node and the compiler read only `.mts` files as ES modules. */
const moduleSystemOf = (folder: AppFolder, runner: TestRunner): ModuleSystem => {
  const { packageJson, importEnding } = folder;
  const isModule = packageJson === undefined || packageJson.type === "module" || becomesModule(folder);
  const isCommonJs = packageJson?.type === "commonjs";
  // Without a tsconfig.json, it is ours that refuses a CommonJS file. Vitest and Jest transform any file.
  const isMts = !isModule && (importEnding === undefined || (isCommonJs && runner === "node"));
  const js = isMts ? ".mjs" : ".js";
  return {
    fileEnding: isMts ? "mts" : "ts",
    cdkEnding: isMts || (!isModule && isCommonJs) ? "mts" : "ts",
    importEnding: importEnding === ".js" ? js : isMts ? ".mts" : ".ts",
  };
};

const planCdk = (folder: AppFolder, { jobs, file }: { readonly jobs: string; readonly file: string }) =>
  folder.exists("cdk.json")
    ? {
        changes: [],
        packages: ["aws-cdk-lib", "constructs"],
        hints: [
          `Add the pipeline to a stack of your CDK app:\n\n  import { Pipeline } from "millrace/cdk";\n\n  new Pipeline(this, "Jobs", { jobs: "./${jobs}" });`,
        ],
      }
    : {
        changes: [create(file, appFile(folder.name, jobs)), create("cdk.json", cdkJson(file))],
        packages: ["aws-cdk", "aws-cdk-lib", "constructs"],
        hints: [],
      };

interface ManifestOptions extends InitOptions {
  readonly runner: TestRunner;
  readonly setting: string | undefined;
  readonly cdkPackages: readonly string[];
}

/** Undefined when nothing has to change. */
const planPackageJson = (folder: AppFolder, options: ManifestOptions): FileChange | undefined => {
  const { versions, runner, setting, cdkPackages, jobs } = options;
  const present: PackageJson = folder.packageJson ?? {
    name: packageName(folder.name),
    private: true,
    type: "module",
  };
  const installed = { ...present.dependencies, ...present.devDependencies };
  const missing = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      names.filter((name) => !(name in installed)).map((name) => [name, versions[name] ?? "*"]),
    );
  const dependencies = missing(["millrace", "zod"]);
  const devDependencies = missing([...cdkPackages, "typescript", "@types/node"]);
  const scripts = scriptsFor(present.scripts ?? {}, {
    runner,
    jobs,
    hasCdk: cdkPackages.includes("aws-cdk"),
  });
  const added = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  const type = becomesModule(folder) ? "module" : present.type;
  const notes = [
    added.length > 0 && `added ${added.join(", ")}`,
    Object.keys(scripts).length > 0 && `scripts ${Object.keys(scripts).join(", ")}`,
    setting !== undefined && `millrace.jobs ${setting}`,
    folder.packageJson && type !== present.type && `type ${type}`,
  ].filter((note) => note !== false);
  if (notes.length === 0) return undefined;
  const next = withoutUndefined({
    ...present,
    type,
    scripts: merged(present.scripts, scripts),
    dependencies: merged(present.dependencies, dependencies),
    devDependencies: merged(present.devDependencies, devDependencies),
    millrace: setting === undefined ? present["millrace"] : { jobs: setting },
  });
  const text = `${JSON.stringify(next, null, 2)}\n`;
  return folder.packageJson
    ? { path: "package.json", kind: "change", text, note: notes.join("; ") }
    : create("package.json", text);
};

const merged = (
  present: Readonly<Record<string, string>> | undefined,
  added: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined =>
  present === undefined && Object.keys(added).length === 0 ? undefined : { ...present, ...added };

/** A script whose name is taken gets the name `jobs:…`. */
const scriptsFor = (
  present: Readonly<Record<string, string>>,
  { runner, jobs, hasCdk }: { readonly runner: TestRunner; readonly jobs: string; readonly hasCdk: boolean },
): Readonly<Record<string, string>> => {
  const wanted: Record<string, string> = {
    dev: "millrace dev",
    ...(runner === "node" && { test: `node --test "${jobs}/**/*.test.*"` }),
    ...(hasCdk && { synth: "cdk synth --quiet", deploy: "cdk deploy" }),
  };
  return Object.fromEntries(
    Object.entries(wanted)
      .map(([name, command]) => [isFree(name, present) ? name : `jobs:${name}`, command] as const)
      .filter(([name]) => isFree(name, present)),
  );
};

/** `npm init` fills in a test script that only fails. */
const isFree = (name: string, present: Readonly<Record<string, string>>): boolean =>
  !(name in present) || (name === "test" && (present[name] ?? "").includes("no test specified"));

const ignored = ["node_modules/", ".millrace/", "cdk.out/"];

const planGitignore = ({ gitignore }: AppFolder): readonly FileChange[] => {
  const lines = (gitignore ?? "").split("\n").map((line) => line.trim().replace(/^\/|\/$/g, ""));
  const missing = ignored.filter((line) => !lines.includes(line.replace(/\/$/, "")));
  if (missing.length === 0) return [];
  const text = `${[gitignore?.trimEnd(), ...missing].filter(Boolean).join("\n")}\n`;
  return gitignore === undefined
    ? [create(".gitignore", text)]
    : [{ path: ".gitignore", kind: "change", text, note: `added ${missing.join(", ")}` }];
};

/** As npm allows it: lower case, without spaces. */
const packageName = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "") || "app";
