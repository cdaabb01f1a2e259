import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";

/**
 * Runs test suites by name and ends with one line: `N passed, N failed`. A suite is all test files with its name before
 * `.test.ts`; files without one are the quick suite.
 */
const special = "(slow|e2e|contract)";
/** Jest leaves one core unused. Other suites start processes of their own, which need it. */
const everyCore = "--maxWorkers=100%";

const suites = {
  quick: [everyCore, "--testPathIgnorePatterns", `\\.${special}\\.test\\.ts$`, "/node_modules/"],
  slow: ["--testPathPatterns", "\\.slow\\.test\\.ts$", "--testTimeout=120000"],
  e2e: ["--testPathPatterns", "\\.e2e\\.test\\.ts$", "--runInBand", "--verbose", "--testTimeout=300000"],
  /** `e2e --on localstack`: the tests of a deployed stack, on LocalStack instead of MiniStack. */
  localstack: [
    ...["--testPathPatterns", "/e2e/(pipeline|contract)\\.e2e\\.test\\.ts$"],
    ...["--runInBand", "--verbose", "--testTimeout=300000"],
  ],
  contract: ["--testPathPatterns", "\\.contract\\.test\\.ts$", "--runInBand", "--testTimeout=60000"],
  /** The tests of core, and its expected times, must cover all of core, and try all cases of each property. */
  coverage: [
    everyCore,
    "--testPathPatterns",
    "test/(core|scripts/vectors)/",
    "--testTimeout=120000",
    "--coverage",
    "--coverageReporters=text",
    "--collectCoverageFrom=shared/core/**/*.ts",
    '--coverageThreshold={"global":{"statements":100,"branches":100,"functions":100,"lines":100}}',
  ],
} as const;

/** Suites that are scripts and end with the same line. */
const scripts = {
  /** About two minutes on two processors. */
  simulation: ["scripts/simulate.ts", "--seeds", "500"],
  mutants: ["scripts/mutants.ts"],
} as const;

type SuiteName = keyof typeof suites | keyof typeof scripts;

const report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
});

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const runSuite = async (name: SuiteName): Promise<Counts> => {
  console.log(`\n== ${name}`);
  return isScript(name) ? await runScript(scripts[name]) : await runTests(name);
};

const isScript = (name: SuiteName): name is keyof typeof scripts => Object.hasOwn(scripts, name);

/** Every seed and every mutant counts as a test. */
const runScript = async (args: readonly string[]): Promise<Counts> => {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let [passed, failed] = [0, 1];
  for await (const line of createInterface({ input: child.stdout })) {
    const closing = /^(\d+) passed, (\d+) failed$/.exec(line);
    if (closing) [passed, failed] = [Number(closing[1]), Number(closing[2])];
    else console.log(line);
  }
  return { passed, failed, skipped: 0 };
};

const runTests = async (name: keyof typeof suites): Promise<Counts> => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-test-"));
  const file = join(folder, "report.json");
  try {
    const code = await runJest(name, [...suites[name], "--json", `--outputFile=${file}`]);
    const counts = toCounts(report.parse(JSON.parse(await readFile(file, "utf8"))));
    if (code === 0 || counts.failed > 0) return counts;
    console.error(`suite ${name} failed though no test did: Jest ended with code ${code}, see above`);
    return { ...counts, failed: 1 };
  } catch (error) {
    console.error(`suite ${name} gave no report: ${String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** A file that could not be loaded counts as one failure, because its tests are not counted. */
const toCounts = (counts: z.infer<typeof report>): Counts => ({
  passed: counts.numPassedTests,
  failed: counts.numFailedTests + counts.numRuntimeErrorTestSuites,
  skipped: counts.numPendingTests,
});

const jest = [
  "--experimental-vm-modules",
  "--disable-warning=ExperimentalWarning",
  "node_modules/jest/bin/jest.js",
];

/** Read by test/cases.ts and localstack/endpoint/endpoint.ts. */
const variables: Partial<Record<SuiteName, Readonly<Record<string, string>>>> = {
  coverage: { MILLRACE_TEST_CASES: "all" },
  localstack: { MILLRACE_E2E_ON: "localstack" },
};

/** Jest reports on standard error. Standard output has only the table of coverage. */
const runJest = (name: SuiteName, args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...jest, ...args], {
      stdio: ["ignore", name === "coverage" ? "inherit" : "ignore", "inherit"],
      env: { ...process.env, ...variables[name] },
    });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });

const isSuite = (name: string): name is SuiteName =>
  Object.hasOwn(scripts, name) || Object.hasOwn(suites, name);

/** `e2e --on localstack` is the suite localstack. */
const namesIn = (args: readonly string[]): readonly string[] => {
  const at = args.indexOf("--on");
  if (at < 0) return args;
  const on = args[at + 1] ?? "";
  const others = args.filter((_, i) => i !== at && i !== at + 1);
  return others.map((name) => (name === "e2e" ? on : name));
};

const main = async (): Promise<void> => {
  const names = namesIn(process.argv.slice(2));
  const unknown = names.filter((name) => !isSuite(name));
  if (names.length === 0 || unknown.length > 0) {
    console.error(
      `expected suites of ${Object.keys({ ...suites, ...scripts }).join(", ")}, got ${unknown.join(", ") || "none"}`,
    );
    process.exit(2);
  }
  const all: Counts[] = [];
  for (const name of names.filter(isSuite)) all.push(await runSuite(name));
  const total = (key: keyof Counts): number => all.reduce((sum, counts) => sum + counts[key], 0);
  const skipped = total("skipped") > 0 ? `, ${total("skipped")} skipped` : "";
  console.log(`\n${total("passed")} passed, ${total("failed")} failed${skipped}`);
  process.exitCode = total("failed") > 0 ? 1 : 0;
};

await main();
