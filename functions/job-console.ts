import { Console } from "node:console";
import { Writable } from "node:stream";
import type { Log } from "../shared/core/jobs/job.ts";
import { type ActiveAttempt, currentAttempt } from "../shared/pipeline/worker/attempt-scope.ts";

/**
 * Logs what a handler writes to the console as lines of its run: an invocation works on up to ten runs at the same time,
 * so the text alone does not say whose it is. They are redacted and structured as those of `context.log`, with the name
 * of the console's method. Lines outside a run are not changed.
 * @param target the console to change, which Lambda's runtime has replaced by its own
 */
export const attributeConsole = (target: Console): void => {
  // One per attempt, because a console remembers its groups, counters and timers.
  const consoles = new WeakMap<ActiveAttempt, RunConsole>();
  const consoleOf = (attempt: ActiveAttempt): RunConsole => {
    const present = consoles.get(attempt) ?? createRunConsole(attempt.log);
    consoles.set(attempt, present);
    return present;
  };
  for (const method of methods) {
    const original: unknown = Reflect.get(target, method);
    if (typeof original !== "function") continue;
    Reflect.set(target, method, (...values: readonly unknown[]): unknown => {
      const attempt = currentAttempt();
      return attempt ? consoleOf(attempt).call(method, values) : Reflect.apply(original, target, values);
    });
  }
};

const methods = Object.keys(new Console({ stdout: new Writable() }));

interface RunConsole {
  call(method: string, values: readonly unknown[]): unknown;
}

/** `debug` is another name of `log` in Node, so its lines are not of a level that the logger leaves out. */
const levels: Readonly<Record<string, keyof Log>> = {
  warn: "warn",
  error: "error",
  trace: "error",
  assert: "error",
};

const createRunConsole = (log: Log): RunConsole => {
  let method = "log";
  // Node's console writes one call as one chunk, synchronously.
  const stream = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      log[levels[method] ?? "info"](String(text).replace(/\n$/, ""), { console: method });
      done();
    },
  });
  const own = new Console({ stdout: stream, stderr: stream });
  return {
    call(name, values) {
      method = name;
      const print: unknown = Reflect.get(own, name);
      return typeof print === "function" ? Reflect.apply(print, own, values) : undefined;
    },
  };
};
