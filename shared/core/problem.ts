/** One thing that is wrong with what a caller asked for, in parts, so that every view can say it in its own terms. */
export type Problem = WrongValue | WrongChoice;

export interface WrongValue {
  /** What is wrong, as the operation names it: `delay`, `dst.gap`. Absent: the whole. */
  readonly field?: string;
  /** In a sentence, without the field: what was expected, what came, what to do. */
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
  readonly remedy?: string;
  /** Another option that would make the value right. */
  readonly option?: { readonly name: string; readonly value?: string };
}

/** Exactly one of some options was expected. */
export interface WrongChoice {
  readonly field: string;
  readonly oneOf: readonly string[];
  readonly got: "none" | "several";
}

/** What a `WrongValue` is made of. Its message follows. */
export interface ProblemParts extends Omit<WrongValue, "field" | "message" | "expected"> {
  readonly expected: string;
}

/** `expected E, got G; R` */
export const problemOf = (field: string, parts: ProblemParts): WrongValue => {
  const { expected, got, remedy } = parts;
  const came = got === undefined ? "" : `, got ${got}`;
  return {
    field,
    message: `expected ${expected}${came}${remedy === undefined ? "" : `; ${remedy}`}`,
    ...parts,
  };
};

/** How a view names options: flags on a command line, pointers in a request. */
export interface OptionNames {
  nameOf(field: string): string;
  /** How to ask for an option, or undefined where it cannot be asked for. */
  askFor(field: string, value: string | undefined): string | undefined;
}

/** As the code that calls an operation names them. */
export const fieldNames: OptionNames = {
  nameOf: (field) => field,
  askFor: (field, value) => `set ${field}${value === undefined ? "" : ` to "${value}"`}`,
};

/** One problem in one sentence. */
export const describeProblem = (problem: Problem, names: OptionNames = fieldNames): string => {
  if ("oneOf" in problem) {
    const options = problem.oneOf.map(names.nameOf).join(" or ");
    const came = problem.got === "none" ? "neither" : "both";
    return `${names.nameOf(problem.field)}: expected ${options}, got ${came}; give one of them`;
  }
  const { field, message, option } = problem;
  const asked = option && names.askFor(option.name, option.value);
  const subject = field === undefined ? "" : `${names.nameOf(field)}: `;
  return `${subject}${message}${asked === undefined ? "" : `, or ${asked}`}`;
};
