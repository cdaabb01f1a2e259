/** One thing that is wrong with what a caller asked for, in parts, so that every view can say it in its own terms. */
export type Problem = WrongValue | WrongChoice | WrongSubject;

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

/** Something that a call names, and that does not exist or cannot be changed now. */
export interface WrongSubject {
  /** Its kind and name: `run "heartbeat:1"`. */
  readonly field: string;
  /** What is the matter, in a clause that names it. The remedy and the advice are not part of it. */
  readonly clause: string;
  readonly expected: string;
  readonly got: string;
  readonly remedy?: string;
  readonly advice?: Advice;
}

/** Another call that helps. Each view names it in its own terms. */
export type Advice =
  /** The same call once more. */
  | { readonly kind: "retry" }
  /** An operation whose answer has what is missing here. */
  | { readonly kind: "see"; readonly operation: string };

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

/** The terms of a view for options and calls: flags and commands on a command line, pointers in a request. */
export interface ViewTerms {
  nameOf(field: string): string;
  /** How to ask for an option, or undefined where it cannot be asked for. */
  askFor(field: string, value: string | undefined): string | undefined;
  advise(advice: Advice): string;
}

/** The terms of code that calls an operation. */
export const codeTerms: ViewTerms = {
  nameOf: (field) => field,
  askFor: (field, value) => `set ${field}${value === undefined ? "" : ` to "${value}"`}`,
  advise: (advice) => (advice.kind === "retry" ? "call it again" : `see ${advice.operation}`),
};

/** One problem in one sentence. */
export const describeProblem = (problem: Problem, terms: ViewTerms = codeTerms): string => {
  if ("oneOf" in problem) {
    const options = problem.oneOf.map(terms.nameOf).join(" or ");
    const came = problem.got === "none" ? "neither" : "both";
    return `${terms.nameOf(problem.field)}: expected ${options}, got ${came}; give one of them`;
  }
  if ("clause" in problem) return describeSubject(problem, terms);
  const { field, message, option } = problem;
  const asked = option && terms.askFor(option.name, option.value);
  const subject = field === undefined ? "" : `${terms.nameOf(field)}: `;
  return `${subject}${message}${asked === undefined ? "" : `, or ${asked}`}`;
};

const describeSubject = ({ clause, remedy, advice }: WrongSubject, terms: ViewTerms): string =>
  [clause, remedy, advice && terms.advise(advice)].filter((part) => part !== undefined).join("; ");
