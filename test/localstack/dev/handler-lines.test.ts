import { describe, expect, test } from "@jest/globals";
import { handlerLines } from "../../../localstack/dev/handler-lines.ts";

const line = { level: "INFO", message: "sent", run: "email:k1", job: "email", attempt: 1, service: "x" };

describe("handlerLines", () => {
  test("puts the run's id before each line, and facts after the first", () => {
    expect(handlerLines({ ...line, message: "a\n\tb", to: "ann", n: 1 }, false)).toEqual([
      '│ email:k1  a  to="ann" n=1',
      "│ email:k1    b",
    ]);
  });

  test("names the job of a run whose id does not", () => {
    expect(handlerLines({ ...line, run: "order-7" }, false)).toEqual(["│ email order-7  sent"]);
  });

  test("prints the stack of an error, in red", () => {
    const error = { name: "Error", message: "no", stack: "Error: no\n    at run (jobs/email.ts:3:1)" };
    const lines = handlerLines({ ...line, level: "ERROR", error }, true) ?? [];
    expect(lines).toHaveLength(3);
    expect(lines[2]).toContain("\u001b[31m    at run (jobs/email.ts:3:1)\u001b[0m");
  });

  test("gives each run one color, and removes the colors and control characters of a text", () => {
    const [first] = handlerLines({ ...line, message: "\u001b[31mred\u001b[0m\u0007" }, true) ?? [];
    const [second] = handlerLines({ ...line, message: "red·" }, true) ?? [];
    expect(first).toBe(second);
    expect(first?.replaceAll("\u001b", "ESC")).toMatch(/^ESC\[3\dm│ email:k1ESC\[0m {2}red·$/);
  });

  test.each([
    ["a line of ours about a run", { ...line, attempt: undefined }],
    ["plain text", undefined],
  ])("skips %s", (_, json) => {
    expect(handlerLines(json, false)).toBe(undefined);
  });
});
