import {
  type Advice,
  describeProblem,
  type Problem,
  type ProblemParts,
  problemOf,
  type WrongChoice,
  type WrongSubject,
} from "./problem.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** What a job throws, and what the pipeline throws at its callers. Every message says what was expected, what was received, and what to do. */

/**
 * Says what an error asks for. The same in every copy of this module: an app may load several, and `instanceof` would
 * know only the errors of one.
 */
const errorBrand: unique symbol = Symbol.for("millrace.error");

const hasBrand = (error: unknown, kind: string): boolean =>
  typeof error === "object" && error !== null && Reflect.get(error, errorBrand) === kind;

/** Thrown by a job: this run is dead now, whatever attempts are left. */
export class FatalError extends Error {
  override readonly name: string = "FatalError";

  get [errorBrand](): string {
    return "fatal";
  }
}

/** Also of an error class that extends FatalError. */
export const isFatalError = (error: unknown): error is FatalError => hasBrand(error, "fatal");

/** Thrown by a job: try again at an instant of the job's choosing, within the attempts that are left. */
export class RetryAfterError extends Error {
  override readonly name: string = "RetryAfterError";
  readonly at: Date;

  constructor(at: Date, message?: string) {
    if (Number.isNaN(at.getTime())) {
      throw new DefinitionError("RetryAfterError", { expected: "a valid Date", got: String(at) });
    }
    super(message ?? `asked to be tried again at ${at.toISOString()}`);
    this.at = at;
  }

  get [errorBrand](): string {
    return "retry-after";
  }
}

export const isRetryAfterError = (error: unknown): error is RetryAfterError => hasBrand(error, "retry-after");

/** What kind of thing went wrong, for programs: exit codes and HTTP statuses follow from it, and scripts match it. */
export type ErrorCode =
  /** An option of a call or a definition cannot be right. */
  | "invalid-option"
  /** A job's schema refuses the input. */
  | "invalid-input"
  /** The times of a rule that is counted from the end of each run cannot be computed afterwards. */
  | "not-recomputable"
  | "not-found"
  /** A key was used before, with another input. */
  | "conflict"
  /** Something else changed the same row at the same time: the same call again may succeed. */
  | "contention";

/** An error that the pipeline reports to its caller in parts. */
export interface ReportedError extends Error {
  readonly code: ErrorCode;
  /** One entry for each thing that is wrong. */
  readonly details: readonly Problem[];
}

/** By shape, not by class: two copies of this module may be loaded. */
export const isReported = (error: unknown): error is ReportedError =>
  typeof error === "object" && error !== null && "code" in error && "details" in error;

/** A job, a schedule or an option that cannot be right, whatever the input. `field` is the one to change. */
export class DefinitionError extends Error implements ReportedError {
  override readonly name = "DefinitionError";
  readonly code: ErrorCode;
  readonly field: string;
  readonly details: readonly Problem[];

  /** @param problem what was expected, what came and what to do, in parts, which each view words in its own terms */
  constructor(
    field: string,
    problem: ProblemParts | Omit<WrongChoice, "field">,
    code: ErrorCode = "invalid-option",
  ) {
    const detail = "oneOf" in problem ? { field, ...problem } : problemOf(field, problem);
    super(describeProblem(detail));
    this.code = code;
    this.field = field;
    this.details = [detail];
  }
}

/** What an operation was asked for cannot be right. Its message names every field that is wrong. */
export class OperationInputError extends Error implements ReportedError {
  override readonly name = "OperationInputError";
  readonly code = "invalid-option";
  readonly details: readonly Problem[];

  constructor(details: readonly Problem[]) {
    super(details.map((detail) => describeProblem(detail)).join("; "));
    this.details = details;
  }
}

/** An input that its job's schema refuses: one line per field. */
export class InvalidInputError extends Error implements ReportedError {
  override readonly name = "InvalidInputError";
  readonly code = "invalid-input";
  readonly problems: readonly string[];

  constructor(job: string, problems: readonly string[]) {
    super(`input of job "${job}" is not valid: ${problems.join("; ")}`);
    this.problems = problems;
  }

  /** Without fields: those are the input's own, and no options of a call. */
  get details(): readonly Problem[] {
    return this.problems.map((message) => ({ message }));
  }
}

/** A key that was used before, with another input. Use a new key, or send the input it was first used with. */
export class ConflictError extends Error implements ReportedError {
  override readonly name = "ConflictError";
  readonly code = "conflict";
  readonly details: readonly WrongSubject[];

  constructor(runId: string) {
    const field = `run "${runId}"`;
    const detail = {
      field,
      clause: `${field} exists with another input`,
      expected: "the input that its key was first used with",
      got: "another input",
      remedy: "use a new key, or send the same input again",
    };
    super(describeProblem(detail));
    this.details = [detail];
  }
}

/** What does not exist. */
export interface Missing {
  /** Such as `run`. */
  readonly kind: string;
  /** As the call named it. Absent: the call named none. */
  readonly name?: string;
  /** What would have been found. */
  readonly expected?: string;
  /** Where it is missing, when that says more than its name. */
  readonly reason?: string;
  readonly remedy?: string;
  readonly advice?: Advice;
}

/** Something that a call names does not exist. */
export class NotFoundError extends Error implements ReportedError {
  override readonly name = "NotFoundError";
  readonly code = "not-found";
  readonly details: readonly WrongSubject[];

  constructor(missing: Missing, options?: ErrorOptions) {
    const detail = missingSubject(missing);
    super(describeProblem(detail), options);
    this.details = [detail];
  }
}

const missingSubject = ({ kind, name, expected, reason, remedy, advice }: Missing): WrongSubject => {
  const field = name === undefined ? kind : `${kind} "${name}"`;
  const why = reason ?? (expected && `expected ${expected}`);
  return withoutUndefined({
    field,
    clause: `there is no ${field}${why === undefined ? "" : `: ${why}`}`,
    expected: expected ?? `a ${kind} that exists`,
    got: name === undefined ? "none" : `"${name}"`,
    remedy,
    advice,
  });
};

/** Something else changed the same row again and again meanwhile. The same call may succeed now. */
export class ContentionError extends Error implements ReportedError {
  override readonly name = "ContentionError";
  readonly code = "contention";
  readonly details: readonly WrongSubject[];

  /** @param subject its kind and name: `run "heartbeat:1"` */
  constructor(subject: string, options?: ErrorOptions) {
    const detail: WrongSubject = {
      field: subject,
      clause: `${subject} was modified concurrently`,
      expected: "no other change at the same time",
      got: "another change at every attempt",
      advice: { kind: "retry" },
    };
    super(describeProblem(detail), options);
    this.details = [detail];
  }
}

/**
 * The error of one entry of a list, which says which one.
 * @param others indexes of the other entries that are not valid
 */
export const atIndex = (error: unknown, index: number, others: readonly number[]): unknown => {
  if (!(error instanceof Error)) return error;
  const more =
    others.length > 0
      ? ` (also not valid: requests ${others.slice(0, 10).join(", ")}${others.length > 10 ? ", …" : ""})`
      : "";
  error.message = `requests[${index}]: ${error.message}${more}`;
  return error;
};
