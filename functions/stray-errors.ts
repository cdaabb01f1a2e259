import type { Log } from "../shared/core/jobs/job.ts";
import { type ActiveAttempt, currentAttempt } from "../shared/pipeline/worker/attempt-scope.ts";

/**
 * Keep what one job's code does from ending the process, and with it the attempts of others: an unhandled rejection or
 * an uncaught exception fails the attempt whose code raised it, and so does `process.exit`. Each is logged with its run.
 * Lambda's own listeners, which end the process, are removed.
 */
export const containStrayErrors = (log: Log): void => {
  for (const [event, what] of strayEvents) {
    process.removeAllListeners(event);
    process.on(event, (error: unknown) => failCurrent(currentAttempt(), { log, error, what }));
  }
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const attempt = currentAttempt();
    if (!attempt) return exit(code);
    const error = new ProcessExitError(`process.exit(${code ?? ""}) was called`);
    failCurrent(attempt, { log, error, what: "process.exit" });
    throw error;
  };
};

const strayEvents = [
  ["unhandledRejection", "unhandled rejection"],
  ["uncaughtException", "uncaught exception"],
] as const;

/** A job called `process.exit`: its attempt failed, and the process continues. */
class ProcessExitError extends Error {
  override readonly name = "ProcessExitError";
}

interface Stray {
  readonly log: Log;
  readonly error: unknown;
  readonly what: string;
}

const failCurrent = (attempt: ActiveAttempt | undefined, { log, error, what }: Stray): void => {
  // Thrown by our own process.exit after the attempt had failed with it.
  if (error instanceof ProcessExitError && what !== "process.exit") return;
  if (!attempt) log.error(`${what} outside any run`, { error });
  else if (attempt.fail(error)) log.error(`${what}: the attempt failed`, { run: attempt.run, error });
  else log.error(`${what} after the attempt had ended`, { run: attempt.run, error });
};
