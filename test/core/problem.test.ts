import { describe, expect, test } from "@jest/globals";
import {
  ContentionError,
  DefinitionError,
  InvalidInputError,
  isReported,
  NotFoundError,
  OperationInputError,
} from "../../shared/core/errors.ts";
import { describeProblem, type OptionNames } from "../../shared/core/problem.ts";

const flags: OptionNames = {
  nameOf: (field) => `--${field}`,
  askFor: (field, value) => (field === "ifPast" ? `add --if-past ${value}` : undefined),
};

const parts = { expected: "an instant to come", got: '"at 2025"', remedy: "choose a later one" };

describe("a problem in parts", () => {
  test("is a sentence that names the field, what was expected, what came and what to do", () => {
    const error = new DefinitionError("rule", parts);
    expect(error.message).toBe('rule: expected an instant to come, got "at 2025"; choose a later one');
    expect(error.details).toEqual([
      { field: "rule", message: 'expected an instant to come, got "at 2025"; choose a later one', ...parts },
    ]);
  });

  test("leaves out what is not known of it", () => {
    expect(new DefinitionError("at", { expected: "a valid Date" }).message).toBe("at: expected a valid Date");
  });

  test("names an option that would help, as the view names options", () => {
    const { message, details } = new DefinitionError("rule", {
      ...parts,
      option: { name: "ifPast", value: "run-now" },
    });
    expect(message).toMatch(/; choose a later one, or set ifPast to "run-now"$/);
    expect(details.map((one) => describeProblem(one, flags))).toEqual([
      '--rule: expected an instant to come, got "at 2025"; choose a later one, or add --if-past run-now',
    ]);
  });

  test("is its message alone when it is about the whole", () => {
    expect(describeProblem({ message: "expected an object" }, flags)).toBe("expected an object");
  });

  test("keeps silent about an option that the view does not have", () => {
    const { details } = new DefinitionError("cron", { ...parts, option: { name: "allowNever" } });
    expect(details.map((one) => describeProblem(one, flags))).toEqual([
      '--cron: expected an instant to come, got "at 2025"; choose a later one',
    ]);
  });

  test.each([
    ["none", "--at: expected --at or --delay, got neither; give one of them"],
    ["several", "--at: expected --at or --delay, got both; give one of them"],
  ] as const)("names both options when exactly one was expected and %s came", (got, sentence) => {
    const { details } = new DefinitionError("at", { oneOf: ["at", "delay"], got });
    expect(details.map((one) => describeProblem(one, flags))).toEqual([sentence]);
  });
});

describe("an error of the pipeline", () => {
  test.each([
    ["invalid-option", new DefinitionError("delay", { expected: "less" })],
    ["not-recomputable", new DefinitionError("rule", parts, "not-recomputable")],
    ["invalid-option", new OperationInputError([{ field: "id", message: "expected a text" }])],
    ["invalid-input", new InvalidInputError("greet", ["a: no"])],
    ["not-found", new NotFoundError("no run")],
    ["contention", new ContentionError('run "a:b"')],
  ])("says by its code that it is %s", (code, error) => {
    expect(isReported(error)).toBe(true);
    expect(error.code).toBe(code);
  });

  test("has no field for what is wrong with an input: those are not options of the call", () => {
    expect(new InvalidInputError("greet", ["delay: no"]).details).toEqual([{ message: "delay: no" }]);
  });

  test("differs from other errors that have a code", () => {
    expect(isReported(Object.assign(new Error("no"), { code: "ECONNREFUSED" }))).toBe(false);
    expect(isReported(undefined)).toBe(false);
  });
});
