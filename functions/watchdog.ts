import { subscribe } from "node:diagnostics_channel";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";
import { attemptChannel } from "../shared/pipeline/worker/attempt-scope.ts";
import { answersIndex, noticeIndex } from "./watchdog-flags.ts";

/**
 * Starts a thread that ends this process when a handler does not yield after its timeout. While the event loop is
 * blocked no timer fires, and the invocation's own deadline may be minutes away. The thread sleeps until the earliest
 * end of an attempt, and then asks the event loop for an answer.
 */
export const startWatchdog = (): void => {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const { port1, port2 } = new MessageChannel();
  const thread = new Worker(threadModule(), {
    workerData: { port: port2, flags },
    transferList: [port2],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  // Without the watchdog, a blocked process still ends with its invocation.
  thread.on("error", (error) => console.error("watchdog ended", error));
  thread.unref();
  port1.on("message", () => raise(flags, answersIndex));
  port1.unref();
  subscribe(attemptChannel, (notice) => {
    port1.postMessage(notice);
    raise(flags, noticeIndex);
  });
};

const raise = (flags: Int32Array<SharedArrayBuffer>, index: number): void => {
  Atomics.add(flags, index, 1);
  Atomics.notify(flags, index);
};

/** JavaScript beside a bundle, or TypeScript beside the sources. */
const threadModule = (): URL => {
  const bundled = new URL("./watchdog-thread.js", import.meta.url);
  return existsSync(fileURLToPath(bundled)) ? bundled : new URL("./watchdog-thread.ts", import.meta.url);
};
