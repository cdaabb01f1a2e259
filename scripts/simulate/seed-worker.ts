import { parentPort, workerData } from "node:worker_threads";
import { liveSeed, type SeedOptions } from "./seed.ts";

/** Runs one seed after another, as the main thread hands them over. */
const options: SeedOptions = workerData;

parentPort?.on("message", async (seed: number) => {
  parentPort?.postMessage(await liveSeed(seed, options));
});
