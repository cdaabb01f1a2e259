import { describe, expect, test } from "@jest/globals";
import {
  ConflictError,
  ContentionError,
  DefinitionError,
  InvalidInputError,
  isReported,
  NotFoundError,
  OperationInputError,
} from "../../shared/core/errors.ts";
import { describeProblem, type ViewTerms } from "../../shared/core/problem.ts";

const flags: ViewTerms = {
  nameOf: (field) => `--${field}`,
  askFor: (field, value) => (field === "ifPast" ? `add --if-past ${value}` : undefined),
  advise: (advice) => (advice.kind === "retry" ? "run it again" : `run ${advice.operation}`),
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
    ["not-found", new NotFoundError({ kind: "run", name: "a:b" })],
    ["contention", new ContentionError('run "a:b"')],
  ])("says by its code that it is %s", (code, error) => {
    expect(isReported(error)).toBe(true);
    expect(error.code).toBe(code);
  });

  test.each([
    [
      new NotFoundError({ kind: "job", name: "fax", expected: "one of mail" }),
      'there is no job "fax": expected one of mail',
      { field: 'job "fax"', expected: "one of mail", got: '"fax"' },
    ],
    [
      new NotFoundError({
        kind: "schedule",
        name: "rye",
        advice: { kind: "see", operation: "schedules.list" },
      }),
      'there is no schedule "rye"; run schedules.list',
      { field: 'schedule "rye"', expected: "a schedule that exists", got: '"rye"' },
    ],
    [
      new NotFoundError({ kind: "pipeline", reason: "none is selected", remedy: "set MILLRACE_STAGE" }),
      "there is no pipeline: none is selected; set MILLRACE_STAGE",
      { field: "pipeline", expected: "a pipeline that exists", got: "none", remedy: "set MILLRACE_STAGE" },
    ],
    [
      new ConflictError("a:b"),
      'run "a:b" exists with another input; use a new key, or send the same input again',
      { field: 'run "a:b"', expected: "the input that its key was first used with", got: "another input" },
    ],
    [
      new ContentionError('run "a:b"'),
      'run "a:b" was modified concurrently; run it again',
      { field: 'run "a:b"', expected: "no other change at the same time" },
    ],
  ])("has parts, which a view words in its own terms: %s", (error, sentence, detail) => {
    expect(error.details).toEqual([expect.objectContaining(detail)]);
    expect(error.details.map((one) => describeProblem(one, flags))).toEqual([sentence]);
  });

  test("has no field for what is wrong with an input: those are not options of the call", () => {
    expect(new InvalidInputError("greet", ["delay: no"]).details).toEqual([{ message: "delay: no" }]);
  });

  test("differs from other errors that have a code", () => {
    expect(isReported(Object.assign(new Error("no"), { code: "ECONNREFUSED" }))).toBe(false);
    expect(isReported(undefined)).toBe(false);
  });
});
