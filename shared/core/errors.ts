/** What a job throws, and what the pipeline throws at its callers. Every message says what was expected, what came, and what to do. */

/** Thrown by a job: this run is dead now, whatever attempts are left. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

/** Thrown by a job: try again at an instant of the job's choosing, within the attempts that are left. */
export class RetryAfterError extends Error {
  override readonly name = "RetryAfterError";
  readonly at: Date;

  constructor(at: Date, message?: string) {
    if (Number.isNaN(at.getTime())) throw new DefinitionError("RetryAfterError", "expected a valid Date");
    super(message ?? `asked to be tried again at ${at.toISOString()}`);
    this.at = at;
  }
}

/** A job, a schedule or an option that cannot be right, whatever the input. `field` is the one to change. */
export class DefinitionError extends Error {
  override readonly name = "DefinitionError";
  readonly field: string;

  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`);
    this.field = field;
  }
}

/** An input that its job's schema refuses: one line per field. */
export class InvalidInputError extends Error {
  override readonly name = "InvalidInputError";
  readonly problems: readonly string[];

  constructor(job: string, problems: readonly string[]) {
    super(`input of job "${job}" is not valid: ${problems.join("; ")}`);
    this.problems = problems;
  }
}

/** A key that was used before, with another input. Use a new key, or send the input it was first used with. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";

  constructor(runId: string) {
    super(`run "${runId}" exists with another input: use a new key, or send the same input again`);
  }
}

/** An operation was asked about something that is not there. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}
