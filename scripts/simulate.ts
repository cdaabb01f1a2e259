import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { simulateAll } from "./simulate/pool.ts";
import { failureText } from "./simulate/report.ts";
import type { SeedOptions } from "./simulate/simulate-seed.ts";

/**
 * Simulates the pipeline on virtual time, once per seed, with faults, kills, skewed clocks, operators and deployments,
 * and checks its invariants. Ends with one line: `N passed, N failed`. See CONTRIBUTING.md.
 */
const usage = `usage: npm run simulate -- [--seeds 500] [--rate 3] [--from 1] [--mode mixed|rate|pair] [--workers 2]

--rate     probability of each fault, in percent
--mode     rate: random faults; pair: exactly two faults in a run; mixed: every fourth seed has a pair
--workers  number of threads
--shrink   seconds to search for a minimal reproduction of each of the first failures (60)`;

const maxShrunk = 5;

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly rate: number;
  readonly mode: string;
  readonly workers: number;
  readonly shrinkMs: number;
}

const readOptions = (): Options => {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "500" },
      from: { type: "string", default: "1" },
      rate: { type: "string", default: "3" },
      mode: { type: "string", default: "mixed" },
      workers: { type: "string", default: String(availableParallelism()) },
      shrink: { type: "string", default: "60" },
    },
  });
  const { mode } = values;
  const number = (name: "seeds" | "from" | "rate" | "workers" | "shrink"): number => {
    const value = Number(values[name]);
    if (Number.isFinite(value) && value >= 0) return value;
    throw new Error(`--${name}: expected a number, got "${values[name]}"`);
  };
  if (!["mixed", "rate", "pair"].includes(mode))
    throw new Error(`--mode: expected mixed, rate or pair, got "${mode}"`);
  const [seeds, from, rate] = [number("seeds"), number("from"), number("rate")];
  return { seeds, from, rate, mode, workers: number("workers"), shrinkMs: number("shrink") * 1_000 };
};

const modeOf = (mode: string, seed: number): SeedOptions["mode"] => {
  if (mode === "pair") return "pair";
  return mode === "mixed" && seed % 4 === 0 ? "pair" : "rate";
};

const main = async ({ seeds, from, rate, mode, workers, shrinkMs }: Options): Promise<void> => {
  const startedAt = performance.now();
  let [seed, passed, failed, runs] = [from, 0, 0, 0];
  const next = (): SeedOptions | undefined => {
    if (seed >= from + seeds) return undefined;
    const own = seed++;
    return { seed: own, rate, mode: modeOf(mode, own), shrinkMs: failed < maxShrunk ? shrinkMs : 0 };
  };
  await simulateAll(Math.max(1, workers), next, (outcome) => {
    runs += outcome.runs;
    if (outcome.violations.length === 0) passed++;
    else failed++;
    if (outcome.violations.length > 0)
      console.log(failureText(outcome, { rate, mode: modeOf(mode, outcome.seed) }));
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`\n${seeds} seeds, ${runs} runs, in ${seconds.toFixed(0)} seconds`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
};

try {
  await main(readOptions());
} catch (error) {
  console.error(error instanceof Error ? error.message : error, `\n\n${usage}`);
  process.exitCode = 2;
}
