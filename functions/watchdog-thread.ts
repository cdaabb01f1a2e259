/** The watchdog's thread; see watchdog.ts. It never uses its own event loop, which depends on the main thread. */
import { writeSync } from "node:fs";
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { AttemptNotice } from "../shared/pipeline/worker/attempt-scope.ts";
import { answersIndex, noticeIndex } from "./watchdog-flags.ts";

// A cast, because workerData is untyped: it is what watchdog.ts passes.
const { port, flags } = workerData as {
  readonly port: MessagePort;
  readonly flags: Int32Array<SharedArrayBuffer>;
};
const attempts = new Map<number, Required<AttemptNotice>>();

/** How long the event loop has to answer. Asked twice: after a freeze of the process, the first deadline is already past. */
const answerMs = 500;
const retryMs = 1_000;

const watch = (): never => {
  for (;;) {
    const news = Atomics.load(flags, noticeIndex);
    readNotices();
    const leftMs = Math.min(...[...attempts.values()].map(({ endsAt }) => endsAt)) - Date.now();
    if (leftMs <= 0 && !isAnswered() && !isAnswered()) endProcess();
    Atomics.wait(flags, noticeIndex, news, leftMs > 0 ? leftMs : retryMs);
  }
};

const readNotices = (): void => {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const notice: AttemptNotice = next.message;
    const { attempt, run, endsAt } = notice;
    if (endsAt === undefined) attempts.delete(attempt);
    else attempts.set(attempt, { attempt, run, endsAt });
  }
};

const isAnswered = (): boolean => {
  const answers = Atomics.load(flags, answersIndex);
  port.postMessage("ask");
  return Atomics.wait(flags, answersIndex, answers, answerMs) !== "timed-out";
};

const endProcess = (): void => {
  const now = Date.now();
  const runs = [...attempts.values()].filter(({ endsAt }) => endsAt <= now).map(({ run }) => run);
  const message = "ending the process: a handler did not yield after its timeout";
  writeSync(
    2,
    `${JSON.stringify({ level: "ERROR", timestamp: new Date(now).toISOString(), message, runs })}\n`,
  );
  // Kills the whole process: nothing else stops code that does not yield.
  process.kill(process.pid, "SIGKILL");
};

watch();
