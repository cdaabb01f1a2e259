/** One of several threads that simulate seeds at the same time; see pool.ts. */
import { parentPort } from "node:worker_threads";
import { type SeedOptions, simulateSeed } from "./simulate-seed.ts";

parentPort?.on("message", async (options: SeedOptions) => {
  parentPort?.postMessage(await simulateSeed(options));
});
