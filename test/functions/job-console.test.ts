import { Console } from "node:console";
import { Writable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { attributeConsole } from "../../functions/job-console.ts";
import type { Log } from "../../shared/core/jobs/job.ts";
import { openAttemptScope } from "../../shared/pipeline/worker/attempt-scope.ts";

type Line = readonly [level: string, message: string, facts: object | undefined];

const createConsole = () => {
  const plain: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      plain.push(String(chunk));
      done();
    },
  });
  const target = new Console({ stdout: stream, stderr: stream });
  attributeConsole(target);
  return { target, plain };
};

/** The scope of an attempt, and what it logs. */
const createScope = (run: string) => {
  const lines: Line[] = [];
  const write = (level: string) => (message: string, facts?: object) =>
    void lines.push([level, message, facts]);
  const log: Log = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  return { lines, scope: openAttemptScope({ run, log, endsAt: Date.now() + 1_000 }) };
};

describe("attributeConsole", () => {
  test("logs what a handler prints as lines of its run, also after it waited", async () => {
    const { target, plain } = createConsole();
    const [a, b] = [createScope("job:a"), createScope("job:b")];
    const handler = (name: string) => async () => {
      target.log("hello %s", name, { deep: { enough: true } });
      await new Promise(setImmediate);
      target.warn("bye", name);
    };
    await Promise.all([a.scope.run(handler("a")), b.scope.run(handler("b"))]);
    expect(a.lines).toEqual([
      ["info", "hello a { deep: { enough: true } }", { console: "log" }],
      ["warn", "bye a", { console: "warn" }],
    ]);
    expect(b.lines.map(([, message]) => message)).toEqual(["hello b { deep: { enough: true } }", "bye b"]);
    expect(plain).toEqual([]);
  });

  test("keeps groups and counters apart, and the level of errors", () => {
    const { target } = createConsole();
    const [a, b] = [createScope("job:a"), createScope("job:b")];
    a.scope.run(() => target.group("all"));
    b.scope.run(() => target.count());
    a.scope.run(() => target.count());
    a.scope.run(() => target.assert(false, "no"));
    a.scope.run(() => target.debug("seen"));
    expect(b.lines).toEqual([["info", "default: 1", { console: "count" }]]);
    expect(a.lines).toEqual([
      ["info", "all", { console: "group" }],
      ["info", "  default: 1", { console: "count" }],
      ["error", "  Assertion failed: no", { console: "assert" }],
      ["info", "  seen", { console: "debug" }],
    ]);
  });

  test("prints what is outside a run as before", () => {
    const { target, plain } = createConsole();
    target.log("starting", 1);
    expect(plain).toEqual(["starting 1\n"]);
  });
});
