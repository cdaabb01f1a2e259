import { CommanderError } from "commander";
import { type ErrorCode, isReported } from "../shared/core/errors.ts";
import { describeProblem, fieldNames, type OptionNames, type Problem } from "../shared/core/problem.ts";
import { printable } from "./terminal/printable.ts";

/** The codes of operations, and what only a command line meets. */
export type CliErrorCode =
  | ErrorCode
  /** The command line cannot be right. */
  | "usage"
  /** Nothing says which pipeline is meant. */
  | "no-pipeline"
  /** The pipeline that was named does not exist, or does not answer. */
  | "not-deployed"
  | "unreachable"
  | "no-region"
  | "no-credentials"
  /** A file of `jobs/` cannot be loaded. */
  | "jobs-not-loaded"
  /** The command did what it was asked for, and what it checked is not in order. */
  | "check-failed"
  | "failed";

/** An error of the command line's own. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly details: readonly Problem[] = [];

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The command line itself is wrong. */
export class UsageError extends CliError {
  constructor(message: string) {
    super("usage", message);
  }
}

/** An error as `--json` prints it, under the key `error`. */
export interface ErrorReport {
  readonly code: CliErrorCode;
  /** One line, in terms of flags. */
  readonly message: string;
  /** One entry for each thing that is wrong, as far as the error has parts. */
  readonly problems: readonly {
    /** As the operation names it. */
    readonly field?: string;
    readonly message: string;
    readonly expected?: string;
    readonly got?: string;
    readonly remedy?: string;
  }[];
}

/** What went wrong, in one line and without a stack. */
export const reportOf = (thrown: unknown, names: OptionNames = fieldNames): ErrorReport => {
  const cause = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
  if (cause instanceof CommanderError) return report("usage", cause.message.replace(/^error: /, ""));
  if (cause instanceof CliError) return report(cause.code, cause.message);
  if (!isReported(cause)) return reportUnknown(cause);
  const { code, details } = cause;
  const areNamed = details.length > 0 && details.every(({ field }) => field !== undefined);
  const message = areNamed ? details.map((one) => describeProblem(one, names)).join("; ") : cause.message;
  return { ...report(code, message), problems: details.map((detail) => partsOf(detail, names)) };
};

const report = (code: CliErrorCode, message: string): ErrorReport => ({
  code,
  message: printable(message.split("\n")[0] || code),
  problems: [],
});

const partsOf = (problem: Problem, names: OptionNames): ErrorReport["problems"][number] => {
  const message = describeProblem(problem, names);
  if ("oneOf" in problem) return { field: problem.field, message, got: problem.got };
  const { option: _, ...parts } = problem;
  return { ...parts, message };
};

const remedies: Readonly<Record<string, readonly [CliErrorCode, (message: string) => string]>> = {
  ECONNREFUSED: [
    "unreachable",
    (message) => `nothing answers (${message}); run npm start, or pass --stage for a deployed pipeline`,
  ],
  ResourceNotFoundException: ["not-deployed", notThere],
  QueueDoesNotExist: ["not-deployed", notThere],
  CredentialsProviderError: [
    "no-credentials",
    (message) =>
      `no AWS credentials found (${message}); set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
  ],
};

function notThere(message: string): string {
  return `the pipeline does not exist (${message}); check that the stage is deployed in this account and region`;
}

/** Errors of the SDK and the network, by their code or name. */
const reportUnknown = (thrown: unknown): ErrorReport => {
  const { name, code, message } = namesOf(thrown);
  // The SDK gives this one neither a code nor a name.
  if (message === "Region is missing") {
    return report("no-region", "no AWS region set; set AWS_REGION, or AWS_PROFILE to a profile that has one");
  }
  const known = remedies[code] ?? remedies[name];
  if (known) return report(known[0], known[1](printable(message)));
  return report("failed", message.split("\n")[0] || name);
};

const namesOf = (thrown: unknown) => {
  if (!(thrown instanceof Error)) return { name: "Error", code: "", message: String(thrown) };
  const code = "code" in thrown ? String(thrown.code) : "";
  return { name: thrown.name, code, message: thrown.message };
};

/** What was typed cannot be right, whatever the pipeline holds. */
const wrongUsage: ReadonlySet<CliErrorCode> = new Set([
  "usage",
  "invalid-option",
  "invalid-input",
  "not-recomputable",
]);

/** 0 after help, 2 when what was typed cannot be right, 1 when it could and did not work. */
export const exitCodeOf = (thrown: unknown): 0 | 1 | 2 => {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  return wrongUsage.has(reportOf(thrown).code) ? 2 : 1;
};
