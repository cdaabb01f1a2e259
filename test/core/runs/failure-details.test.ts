import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRedactor } from "../../../shared/core/redact.ts";
import { failureDetailsOf } from "../../../shared/core/runs/failure-details.ts";
import { anyUnit } from "./any-run.ts";

const withStack = (error: Error, ...frames: readonly string[]): Error =>
  Object.assign(error, {
    stack: [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join("\n"),
  });

describe("the details kept of something thrown", () => {
  test("have the frames of its stack, with paths from the project's folder", () => {
    const error = withStack(
      new TypeError("x is not a function"),
      "charge (/home/ann/shop/jobs/charge.ts:12:7)",
      "async Object.run (file:///var/task/jobs/charge.ts:30:3)",
      "node_modules-like (/jobs/charge.ts:31:1)",
      "/var/task/node_modules/pg/lib/client.js:1:2",
      "new Script (native)",
    );
    expect(failureDetailsOf(error)).toEqual({
      name: "TypeError",
      message: "x is not a function",
      stack: [
        "at charge (jobs/charge.ts:12:7)",
        "at async Object.run (jobs/charge.ts:30:3)",
        "at node_modules-like (jobs/charge.ts:31:1)",
        "at node_modules/pg/lib/client.js:1:2",
        "at new Script (native)",
      ].join("\n"),
    });
  });

  test("leave out the frames of Node, and those from the call of the handler on", () => {
    const error = withStack(
      new Error("x"),
      "f (/app/jobs/a.ts:1:1)",
      "process.processTicks (node:internal/process/task_queues:103:5)",
      "callHandler (/app/shared/pipeline/worker/attempt.ts:44:10)",
      "executeRun (/app/shared/pipeline/worker/execute-run.ts:1:1)",
    );
    expect(failureDetailsOf(error).stack).toBe("at f (jobs/a.ts:1:1)");
    const bare = withStack(new Error("x"), "f (node:internal/a:1:1)");
    expect(failureDetailsOf(bare).stack).toBe("at f (node:internal/a:1:1)");
  });

  test("have the file and line of a real error, where it is an error of this file", () => {
    expect(failureDetailsOf(new Error("here")).stack).toMatch(/^at .*failure-details\.test\.ts:\d+/);
  });

  test("have each cause with its code, and the errors of an AggregateError", () => {
    const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const error = new Error("a", {
      cause: new AggregateError([refused, "text"], "", { cause: new RangeError("b") }),
    });
    const { causes } = failureDetailsOf(error);
    expect(causes).toEqual([
      expect.objectContaining({ name: "AggregateError", message: "" }),
      expect.objectContaining({ name: "Error", message: "refused", code: "ECONNREFUSED" }),
      { name: "Error", message: "text" },
      expect.objectContaining({ name: "RangeError", message: "b" }),
    ]);
  });

  test("say in place of an empty message what its errors are", () => {
    expect(failureDetailsOf(new AggregateError([new Error("a"), new Error("b")]))).toMatchObject({
      name: "AggregateError",
      message: "a; b",
    });
  });

  test("end where causes go in a circle", () => {
    const [a, b] = [new Error("a"), new Error("b")];
    Object.assign(a, { cause: b });
    Object.assign(b, { cause: a });
    expect(failureDetailsOf(a).causes?.map(({ message }) => message)).toEqual(["b", "a"]);
  });

  test("have no secrets, neither in messages nor in stacks", () => {
    const { redact } = createRedactor(["open sesame"]);
    const error = withStack(
      new Error("token=abc", { cause: new Error("open sesame") }),
      "open sesame (/app/jobs/a.ts:1:1)",
    );
    const text = JSON.stringify(failureDetailsOf(error, redact));
    expect(text).not.toMatch(/abc|sesame/);
    expect(text).toContain("token=[redacted]");
  });

  test("lose their stack when nothing shorter fits", () => {
    const stack = ["Error", ...Array.from({ length: 9 }, () => `    at ${"\u0001".repeat(190)}`)].join("\n");
    const causes = Array.from({ length: 5 }, () => new Error("\u0001".repeat(1_000)));
    const error = Object.assign(new AggregateError(causes, "\u0001".repeat(1_000)), { stack });
    const details = failureDetailsOf(error);
    expect(details).not.toHaveProperty("stack");
    expect(details.message).toBe(`${"\u0001".repeat(199)}…`);
    expect(details.causes).toHaveLength(1);
  });

  test("are at most 3,700 bytes of well-formed Unicode, whatever was thrown", () => {
    const text = fc.string({ unit: anyUnit, maxLength: 3_000 });
    const anyError = fc
      .record({
        message: text,
        code: text,
        frames: fc.array(text, { maxLength: 40 }),
        causes: fc.array(text, { maxLength: 9 }),
      })
      .map(({ message, code, frames, causes }) =>
        Object.assign(
          withStack(
            new AggregateError(
              causes.map((cause) => withStack(new Error(cause), ...frames)),
              message,
            ),
            ...frames,
          ),
          { code },
        ),
      );
    fc.assert(
      fc.property(
        fc.oneof(fc.anything({ withNullPrototype: true, withBigInt: true }), anyError),
        (thrown) => {
          const details = JSON.stringify(failureDetailsOf(thrown));
          expect(Buffer.byteLength(details)).toBeLessThanOrEqual(3_700);
          expect(JSON.parse(details).message.isWellFormed()).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});
