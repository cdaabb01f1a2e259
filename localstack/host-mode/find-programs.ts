import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { tryRun } from "../endpoint/command.ts";

/** A program that was found, or why none will do. */
export type Found = { readonly path: string } | { readonly reason: string };

/** Where to look. */
export interface Places {
  readonly env: NodeJS.ProcessEnv;
  /** Has Pythons that were installed by hand, in folders with `bin/python3.13`. */
  readonly pythons: string;
  /** Has Javas that the system's packages installed, in folders with `bin/java`. */
  readonly javas: string;
}

const thisMachine = (): Places => ({ env: process.env, pythons: "/opt", javas: "/usr/lib/jvm" });

/**
 * Finds a Python for LocalStack 4.14: on PATH, among pyenv's versions, or in /opt. LocalStack is published with 3.13, so
 * that is preferred.
 */
export const findPython = async (places = thisMachine()): Promise<Found> => {
  for (const minor of [13, 12, 14]) {
    for (const path of [`python3.${minor}`, ...installedPythons(places, minor)]) {
      if ((await pythonVersion(path, places)) === `3.${minor}`) return { path };
    }
  }
  const version = await pythonVersion("python3", places);
  return { reason: `it needs Python 3.12, 3.13 or 3.14, ${foundOnly("python3", version)}` };
};

const installedPythons = ({ env, pythons }: Places, minor: number): readonly string[] => {
  const { PYENV_ROOT = join(homedir(), ".pyenv") } = env;
  const program = join("bin", `python3.${minor}`);
  return [...inFoldersOf(join(PYENV_ROOT, "versions"), program), ...inFoldersOf(pythons, program)];
};

/** Returns the paths of a program that exist in the folders of a folder, links included. */
const inFoldersOf = (folder: string, program: string): readonly string[] => {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.map((name) => join(folder, name, program)).filter((path) => existsSync(path));
};

/** Undefined also for a Python that cannot make virtual environments, such as Debian's without python3-venv. */
const pythonVersion = async (path: string, { env }: Places): Promise<string | undefined> => {
  const script = 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])';
  return (await tryRun(path, ["-c", script], { env }))?.trim();
};

/** Finds a Java for DynamoDB Local: JAVA_HOME's, the one on PATH, or one that the system's packages installed. */
export const findJava = async (places = thisMachine()): Promise<Found> => {
  const { JAVA_HOME } = places.env;
  const home = JAVA_HOME ? [join(JAVA_HOME, "bin", "java")] : [];
  const installed = inFoldersOf(places.javas, join("bin", "java"));
  for (const path of [...home, "java", ...installed]) {
    if (((await javaVersion(path, places)) ?? 0) >= 17) return { path };
  }
  const version = await javaVersion("java", places);
  return { reason: `its DynamoDB needs Java 17 or later, ${foundOnly("java", version)}` };
};

/** The major version, which is the second number before Java 9. */
const javaVersion = async (path: string, { env }: Places): Promise<number | undefined> => {
  const text = await tryRun(path, ["-version"], { env });
  const [, version] = /version "(?:1\.)?(\d+)/.exec(text ?? "") ?? [];
  return version === undefined ? undefined : Number(version);
};

export const findMaven = async ({ env } = thisMachine()): Promise<Found> =>
  (await tryRun("mvn", ["--version"], { env })) === undefined
    ? { reason: "its DynamoDB needs Maven to be installed, but no mvn was found" }
    : { path: "mvn" };

const foundOnly = (program: string, version: string | number | undefined): string =>
  version === undefined ? `but no ${program} was found` : `but found only ${program} ${version}`;
