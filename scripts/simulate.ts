import { once } from "node:events";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { SeedOptions, SeedResult } from "./simulate/seed.ts";

/**
 * Lives of the whole pipeline on virtual time, with faults, kills, skewed clocks, rolling deploys and operators, checked
 * by an effect ledger of their own. A failure prints its seed and the fewest steps that it takes. Ends with
 * `N passed, N failed`.
 */
const usage =
  "npm run simulate -- [--seeds 100] [--rate 3] [--from 1] [--skew 5] [--workers N] [--shrink 60]";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    rate: { type: "string", default: "3" },
    from: { type: "string", default: "1" },
    skew: { type: "string", default: "5" },
    workers: { type: "string", default: String(availableParallelism()) },
    shrink: { type: "string", default: "60" },
    help: { type: "boolean", default: false },
  },
});

const numberOf = (name: keyof typeof values, min: number): number => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= min) return value;
  console.error(`--${name}: expected a number of at least ${min}, got "${values[name]}". Usage: ${usage}`);
  process.exit(2);
};

const print = ({ seed, runs, violations, steps }: SeedResult): void => {
  console.log(`\nseed ${seed} (${runs} runs) broke ${violations.length} promises:`);
  for (const violation of violations.slice(0, 8)) console.log(`  ${violation}`);
  console.log(`  with these ${steps.length} steps:`);
  for (const { key, at } of steps) console.log(`    ${new Date(at).toISOString().slice(11, 23)}  ${key}`);
};

const simulate = async (seeds: readonly number[], workers: number, options: SeedOptions): Promise<number> => {
  let [next, failed, done] = [0, 0, 0];
  const startedAt = Date.now();
  const runOne = async (): Promise<void> => {
    const worker = new Worker(new URL("./simulate/seed-worker.ts", import.meta.url), { workerData: options });
    try {
      for (let seed = seeds[next++]; seed !== undefined; seed = seeds[next++]) {
        worker.postMessage(seed);
        const [result]: SeedResult[] = await once(worker, "message");
        if (!result) throw new Error(`seed ${seed} has no result`);
        if (result.violations.length > 0) {
          failed++;
          print(result);
        }
        if (++done % 500 === 0)
          console.log(`${done} seeds in ${Math.round((Date.now() - startedAt) / 1_000)} s`);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: workers }, runOne));
  console.log(`${seeds.length} seeds in ${Math.round((Date.now() - startedAt) / 1_000)} s`);
  return failed;
};

if (values.help) {
  console.log(usage);
} else {
  const [count, from] = [numberOf("seeds", 1), numberOf("from", 0)];
  const seeds = Array.from({ length: count }, (_, i) => from + i);
  const failed = await simulate(seeds, numberOf("workers", 1), {
    rate: numberOf("rate", 0),
    skewMs: numberOf("skew", 0) * 1_000,
    shrinkMs: numberOf("shrink", 0) * 1_000,
  });
  console.log(`\n${count - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
