import { describe, expect, test } from "@jest/globals";
import {
  atIndex,
  ConflictError,
  ContentionError,
  DefinitionError,
  FatalError,
  InvalidInputError,
  NotFoundError,
  RetryAfterError,
} from "../../shared/core/errors.ts";

const instant = new Date("2027-01-01T00:00:00Z");

test.each([
  [new FatalError("no"), "FatalError: no"],
  [new NotFoundError({ kind: "run", name: "a:b" }), 'NotFoundError: there is no run "a:b"'],
  [new RetryAfterError(instant), "RetryAfterError: asked to be tried again at 2027-01-01T00:00:00.000Z"],
  [new RetryAfterError(instant, "busy"), "RetryAfterError: busy"],
  [new DefinitionError("delay", { expected: "less" }), "DefinitionError: delay: expected less"],
  [
    new InvalidInputError("greet", ["a: no", "b: no"]),
    'InvalidInputError: input of job "greet" is not valid: a: no; b: no',
  ],
  [
    new ConflictError("greet:k"),
    'ConflictError: run "greet:k" exists with another input; use a new key, or send the same input again',
  ],
  [
    new ContentionError('run "greet:k"'),
    'ContentionError: run "greet:k" was modified concurrently; call it again',
  ],
])("an error says its name and what to do: %s", (error, text) => {
  expect(String(error)).toBe(text);
});

test("an error keeps what a program may want to know of it", () => {
  expect(new RetryAfterError(instant).at).toBe(instant);
  expect(new DefinitionError("delay", { expected: "less" }).field).toBe("delay");
  expect(new InvalidInputError("greet", ["a: no", "b: no"]).problems).toEqual(["a: no", "b: no"]);
  expect(new FatalError("no", { cause: instant }).cause).toBe(instant);
});

test("a RetryAfterError without a valid instant is refused where it is made", () => {
  expect(() => new RetryAfterError(new Date("tomorrow"), "busy")).toThrow(
    new DefinitionError("RetryAfterError", { expected: "a valid Date", got: "Invalid Date" }),
  );
});

describe("the error of one entry of a list", () => {
  const at = (others: readonly number[]) =>
    atIndex(new DefinitionError("delay", { expected: "less" }), 3, others);

  test.each<[string, readonly number[], string]>([
    ["which one it is", [], "requests[3]: delay: expected less"],
    [
      "which others are not valid either",
      [5, 7],
      "requests[3]: delay: expected less (also not valid: requests 5, 7)",
    ],
    [
      "ten of the others when there are more",
      [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
      "requests[3]: delay: expected less (also not valid: requests 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, …)",
    ],
  ])("says %s", (_, others, message) => {
    expect(at(others)).toMatchObject({ name: "DefinitionError", field: "delay", message });
  });

  test("is left as it is when it is no Error", () => {
    expect(atIndex("thrown", 3, [5])).toBe("thrown");
  });
});
