import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const telemetry = join(import.meta.dirname, "..", "..", "functions", "telemetry.ts");

/** The parsed log lines of a function. Runs in a process, because the logger has its own console. */
const linesOf = (code: string): readonly Record<string, unknown>[] => {
  const script = `import { createTelemetry } from ${JSON.stringify(telemetry)};
    const { log, redactor } = createTelemetry();
    ${code}`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, POWERTOOLS_SERVICE_NAME: "worker", POWERTOOLS_LOG_LEVEL: "INFO" },
  });
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
};

test("a log line includes an Error passed as its facts, with stack and cause", () => {
  const [line, ...more] = linesOf(
    `log.info("as the facts", new TypeError("fetch failed", { cause: new Error("refused") }));`,
  );
  expect(more).toEqual([]);
  expect(line).toMatchObject({
    level: "INFO",
    message: "as the facts",
    error: {
      name: "TypeError",
      message: "fetch failed",
      stack: expect.stringMatching(/^at /),
      causes: [expect.objectContaining({ message: "refused" })],
    },
  });
});

test("a log line moves facts with reserved names aside, without a warning", () => {
  const lines = linesOf(
    `log.info("reserved", { message: "m", level: 3, timestamp: 1, service: "s", lane: "low", count: 10n });`,
  );
  expect(lines).toEqual([
    expect.objectContaining({
      level: "INFO",
      message: "reserved",
      service: "worker",
      lane: "low",
      count: "10",
      facts: { message: "m", level: 3, timestamp: 1, service: "s" },
    }),
  ]);
});

test("a log line redacts registered secrets and texts that look like secrets", () => {
  const [line] = linesOf(`redactor.register(["open sesame"]);
    log.info("said open sesame", { url: "https://x/?token=abc", error: new Error("open sesame") });`);
  expect(JSON.stringify(line)).not.toMatch(/sesame|abc/);
  expect(line).toMatchObject({ message: "said [redacted]", error: { message: "[redacted]" } });
});
