import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isMissingProgram, reasonOf, run } from "./command.ts";
import { fillOnce } from "./fill-once.ts";

/** The Python with the installed packages, or why the installation failed. */
export type Installation = { readonly python: string } | { readonly reason: string };

export interface PythonOptions {
  /** What needs it, at the start of a sentence. */
  readonly what: string;
  /** A file of exact versions of all packages, as pip reads it. */
  readonly requirements: string;
  /** Keeps the environment for the next time. */
  readonly cacheDir: string;
  /** Creates the virtual environment. Default `python3`. */
  readonly python?: string | undefined;
}

/** Installs packages in a virtual environment, once. */
export const installPython = async (options: PythonOptions): Promise<Installation> => {
  const { what, requirements, cacheDir, python = "python3" } = options;
  const home = join(cacheDir, `python-${await digestOf(python, requirements)}`);
  const installed = pythonOf(home);
  try {
    await fillOnce(home, installed, (draft) => makeEnvironment(python, draft, requirements));
    return { python: installed };
  } catch (problem) {
    const reason = isMissingProgram(problem)
      ? `${what} needs Python 3.10 or later, but ${python} was not found`
      : reasonOf(problem);
    return { reason };
  }
};

/** Another Python or other requirements need another environment. */
const digestOf = async (python: string, requirements: string): Promise<string> =>
  createHash("sha256")
    .update(python)
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);

const pythonOf = (environment: string): string => join(environment, "bin", "python");

const makeEnvironment = async (python: string, folder: string, requirements: string): Promise<void> => {
  await run(python, ["-m", "venv", folder]);
  const quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2"];
  // The file lists everything, and what is used gets compiled when it is: this halves the time of a large installation.
  const quick = ["--no-deps", "--no-compile"];
  await run(pythonOf(folder), ["-m", "pip", "install", ...quiet, ...quick, "-r", requirements]);
};
