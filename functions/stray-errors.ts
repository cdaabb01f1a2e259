import type { Log } from "../shared/core/jobs/job.ts";
import { type ActiveAttempt, currentAttempt } from "../shared/pipeline/worker/attempt-scope.ts";

/**
 * Prevents one job's code from ending the process, and with it other attempts. An unhandled rejection, an uncaught
 * exception or a `process.exit` fails only the attempt whose code caused it, and is logged with its run. Removes
 * Lambda's own listeners, which would end the process.
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
  // Our replacement of process.exit threw this, after it had failed the attempt.
  if (error instanceof ProcessExitError && what !== "process.exit") return;
  if (!attempt) log.error(`${what} outside any run`, { error });
  else if (attempt.fail(error)) log.error(`${what}: the attempt failed`, { run: attempt.run, error });
  else log.error(`${what} after the attempt had ended`, { run: attempt.run, error });
};
