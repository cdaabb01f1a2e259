import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Mutant, mutants } from "./mutants/mutants.ts";

/**
 * Removes the protections of the protocol one at a time, in a copy of the project, and expects its tests to fail. A
 * surviving mutant is a failure: no test would notice the loss of that protection. Ends with `N passed, N failed`.
 */
const copied = ["shared", "functions", "jobs", "infra", "cli", "localstack", "scripts", "test"];
const files = ["package.json", "jest.config.js", "tsconfig.json"];

const copyProject = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-mutants-"));
  for (const name of [...copied, ...files]) await cp(name, join(folder, name), { recursive: true });
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  return folder;
};

interface Run {
  readonly isGreen: boolean;
  /** The first failed test. */
  readonly failure: string;
}

const jest = [
  "--experimental-vm-modules",
  "--disable-warning=ExperimentalWarning",
  "node_modules/jest/bin/jest.js",
  "--testPathIgnorePatterns",
  "\\.(slow|e2e|contract)\\.test\\.ts$",
  "/node_modules/",
  "--testPathPatterns",
];

const runTests = (folder: string, patterns: readonly string[]): Promise<Run> =>
  new Promise((resolveRun, reject) => {
    const child = spawn(process.execPath, [...jest, ...patterns], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let output = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      const failure = /● (.+)/.exec(output)?.[1];
      if (code === 0) resolveRun({ isGreen: true, failure: "" });
      else if (failure !== undefined) resolveRun({ isGreen: false, failure });
      else reject(new Error(`no test ran: ${output.trim().split("\n").at(-1)}`));
    });
  });

/** @throws Error when the text does not occur exactly once: the mutant is out of date */
const mutate = (text: string, { name, file, find, replace }: Mutant): string => {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`${name}: expected once in ${file}, found ${parts.length - 1} times: ${find}`);
  return parts.join(replace);
};

/** Whether the tests fail without the protection. */
const isKilled = async (folder: string, mutant: Mutant): Promise<boolean> => {
  const path = join(folder, mutant.file);
  const original = await readFile(path, "utf8");
  try {
    await writeFile(path, mutate(original, mutant));
    const { isGreen, failure } = await runTests(folder, mutant.tests);
    console.log(
      isGreen ? `SURVIVED  without ${mutant.name}` : `killed    without ${mutant.name}: ${failure}`,
    );
    return !isGreen;
  } catch (error) {
    console.log(`BROKEN    ${String(error)}`);
    return false;
  } finally {
    await writeFile(path, original);
  }
};

const folder = await copyProject();
try {
  const whole = await runTests(folder, [...new Set(mutants.flatMap(({ tests }) => tests))]);
  if (!whole.isGreen) console.log(`the tests fail without any mutant: ${whole.failure}`);
  let killed = 0;
  if (whole.isGreen) for (const mutant of mutants) if (await isKilled(folder, mutant)) killed++;
  console.log(`\n${killed} passed, ${mutants.length - killed} failed`);
  process.exitCode = killed === mutants.length ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
