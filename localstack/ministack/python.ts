import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The Python with the installed packages, or why the installation failed. */
export type Installation = { readonly python: string } | { readonly reason: string };

export interface PythonOptions {
  /** What needs it, at the start of a sentence. */
  readonly what: string;
  /** A file of exact versions, as pip reads it. */
  readonly requirements: string;
  /** Keeps the environment for the next time. */
  readonly cacheDir: string;
  /** Creates the virtual environment. Default `python3`. */
  readonly python?: string | undefined;
}

/**
 * Installs packages in a virtual environment, once. The environment gets its final name when it is complete, so that an
 * aborted installation is never used, and two concurrent ones do no harm.
 */
export const installPython = async (options: PythonOptions): Promise<Installation> => {
  const { what, requirements, cacheDir, python = "python3" } = options;
  const home = join(cacheDir, `python-${await digestOf(requirements)}`);
  const installed = { python: pythonOf(home) };
  if (existsSync(installed.python)) return installed;
  await rm(home, { recursive: true, force: true });
  await mkdir(cacheDir, { recursive: true });
  const draft = await mkdtemp(`${home}-`);
  try {
    await makeEnvironment(python, draft, requirements);
    await rename(draft, home);
    return installed;
  } catch (problem) {
    return existsSync(installed.python) ? installed : { reason: reasonOf(what, python, problem) };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

/** Other requirements need another environment. */
const digestOf = async (file: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(file))
    .digest("hex")
    .slice(0, 12);

const pythonOf = (environment: string): string => join(environment, "bin", "python");

/** Generous, because some packages are large and a machine may be busy. */
const maxMinutes = 15;

const makeEnvironment = async (python: string, folder: string, requirements: string): Promise<void> => {
  const limits = { timeout: maxMinutes * 60_000 };
  await run(python, ["-m", "venv", folder], limits);
  const quietFlags = ["--quiet", "--no-input", "--disable-pip-version-check"];
  await run(
    pythonOf(folder),
    ["-m", "pip", "install", ...quietFlags, "--retries", "2", "-r", requirements],
    limits,
  );
};

interface CommandProblem {
  readonly code?: string | number | null;
  readonly killed?: boolean;
  readonly cmd?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** One line: the last line of a failing tool's output is the most useful. */
const reasonOf = (what: string, python: string, problem: unknown): string => {
  const { code, killed, cmd, stdout, stderr }: CommandProblem = Object(problem);
  if (code === "ENOENT") return `${what} needs Python 3.10 or later, but ${python} was not found`;
  if (cmd === undefined) return String(problem);
  const lastLine = `${stdout}\n${stderr}`.trim().split("\n").at(-1);
  return `"${cmd}" ${killed ? `took over ${maxMinutes} minutes` : `failed: ${lastLine || `exit code ${code}`}`}`;
};
