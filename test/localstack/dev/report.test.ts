import { describe, expect, test } from "@jest/globals";
import { createReport, report } from "../../../localstack/dev/report.ts";

const at = new Date(2026, 10, 21, 23, 30, 5);
const plain = { isColored: false, isVerbose: false };
const worker = "millrace-local-worker-normal";
const show = (text: object | string, options = plain, stream: "stdout" | "stderr" | "host" = "stdout") =>
  report({ from: worker, stream, text: typeof text === "string" ? text : JSON.stringify(text) }, at, options);

const run = {
  level: "INFO",
  message: "run",
  run: "heartbeat:01J",
  job: "heartbeat",
  lane: "normal",
  state: "succeeded",
  attempt: 1,
  waitMs: 12,
  tookMs: 1_234,
};

describe("report of a run", () => {
  test("is one aligned line", () => {
    expect(show(run)).toBe("23:30:05  normal    succeeded  waited   12 ms  took   1.2 s  heartbeat:01J");
  });

  test("shows attempt, time and reason of a retry", () => {
    const retryAt = new Date(2026, 10, 21, 23, 31).toISOString();
    expect(show({ ...run, state: "retry", attempt: 2, retryAt, reason: "Error: no\nluck" })).toBe(
      "23:30:05  normal    retry      waited   12 ms  took   1.2 s  heartbeat:01J  attempt 2, retry at 23:31:00, Error: no·luck",
    );
  });

  test("has no times for a run that the sweeper ended", () => {
    const { waitMs: _, tookMs: __, ...ended } = run;
    expect(show({ ...ended, state: "dead", attempt: 5, reason: "crashed" })).toBe(
      "23:30:05  normal    dead       waited       –  took       –  heartbeat:01J  attempt 5, crashed",
    );
  });

  test("adds color codes when color is wanted", () => {
    expect(show(run, { isColored: true, isVerbose: false })).toContain("\u001b[32msucceeded\u001b[0m");
  });

  test("prints no control characters of a run's id", () => {
    expect(show({ ...run, run: "x:\u001b[2J" })).not.toContain("\u001b");
  });
});

describe("other output of a function", () => {
  test.each([
    ["information", { level: "INFO", message: "cold start" }],
    ["a metric", { _aws: { Timestamp: 1 }, succeeded: 3 }],
    ["an empty line", ""],
  ])("hides %s", (_what, line) => {
    expect(show(line)).toBeUndefined();
  });

  test("shows a warning or an error briefly", () => {
    expect(show({ level: "WARN", message: "settle rejected: lease lost", run: "x", pile: "of facts" })).toBe(
      "23:30:05  normal    warn  settle rejected: lease lost",
    );
    expect(
      show({ level: "ERROR", message: "no answer", error: { name: "E", message: "reset", stack: "…" } }),
    ).toBe("23:30:05  normal    error  no answer: reset");
    expect(show({ level: "ERROR", message: "no answer", error: "reset" })).toContain("no answer: reset");
    const stack =
      "at f (node_modules/pg/a.js:1:2)\nat charge (jobs/charge.ts:12:7)\nat Object.run (jobs/charge.ts:3:1)";
    expect(
      show({
        level: "WARN",
        message: "attempt failed",
        error: { name: "E", message: "x is undefined", stack },
      }),
    ).toBe("23:30:05  normal    warn  attempt failed: x is undefined, at charge (jobs/charge.ts:12:7)");
  });

  test("shows plain output and the host's messages as they are", () => {
    expect(show("hello")).toBe("23:30:05  normal    hello");
    expect(show("{ not json", plain, "stderr")).toBe("23:30:05  normal    { not json");
    expect(show("Task timed out after 3.00 seconds", plain, "host")).toContain("Task timed out");
  });

  test("shows every line when verbose", () => {
    expect(show({ level: "INFO", message: "cold start" }, { isColored: false, isVerbose: true })).toBe(
      '23:30:05  normal    {"level":"INFO","message":"cold start"}',
    );
  });
});

describe("createReport", () => {
  const warning = JSON.stringify({ level: "WARN", message: "time-zone data is old" });
  const later = (minutes: number): Date => new Date(at.getTime() + minutes * 60_000);

  test("prints a warning of every tick once in ten minutes, and those of workers each time", () => {
    const line = createReport(plain);
    const tick = { from: "millrace-local-dispatcher", stream: "stdout", text: warning } as const;
    expect(line(tick, at)).toContain("time-zone data is old");
    expect(line(tick, later(1))).toBe(undefined);
    expect(line({ ...tick, text: warning.replace("old", "new") }, later(1))).toContain("is new");
    expect(line(tick, later(11))).toContain("time-zone data is old");
    expect(line({ ...tick, from: worker }, at)).toBe(line({ ...tick, from: worker }, at));
  });
});
