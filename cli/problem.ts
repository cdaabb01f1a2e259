import { CommanderError } from "commander";
import { type ErrorCode, isReported } from "../shared/core/errors.ts";
import { codeTerms, describeProblem, type Problem, type ViewTerms } from "../shared/core/problem.ts";
import { printable } from "./terminal/printable.ts";

/** The error codes of operations, and those that only the command line has. */
export type CliErrorCode =
  | ErrorCode
  /** The command line is wrong. */
  | "usage"
  /** Nothing names a pipeline. */
  | "no-pipeline"
  /** The named pipeline does not exist, or does not answer. */
  | "not-deployed"
  | "unreachable"
  | "no-region"
  | "no-credentials"
  /** A file of `jobs/` cannot be loaded. */
  | "jobs-not-loaded"
  /** The command ran, and its check failed. */
  | "check-failed"
  | "failed";

/** An error that the command line itself raises. */
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
  /** One line that names flags, not fields. */
  readonly message: string;
  /** One entry for each problem; empty when the error has no parts. */
  readonly problems: readonly {
    /** The field's name in the operation. */
    readonly field?: string;
    readonly message: string;
    readonly expected?: string;
    readonly got?: string;
    readonly remedy?: string;
  }[];
}

/** Describes an error in one line, without a stack. */
export const reportOf = (thrown: unknown, terms: ViewTerms = codeTerms): ErrorReport => {
  const cause = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
  if (cause instanceof CommanderError) return report("usage", cause.message.replace(/^error: /, ""));
  if (cause instanceof CliError) return report(cause.code, cause.message);
  if (!isReported(cause)) return reportUnknown(cause);
  const { code, details } = cause;
  const areNamed = details.length > 0 && details.every(({ field }) => field !== undefined);
  const message = areNamed ? details.map((one) => describeProblem(one, terms)).join("; ") : cause.message;
  return { ...report(code, message), problems: details.map((detail) => partsOf(detail, terms)) };
};

const report = (code: CliErrorCode, message: string): ErrorReport => ({
  code,
  message: printable(message.split("\n")[0] || code),
  problems: [],
});

const partsOf = (problem: Problem, terms: ViewTerms): ErrorReport["problems"][number] => {
  const message = describeProblem(problem, terms);
  if ("oneOf" in problem) return { field: problem.field, message, got: problem.got };
  if ("clause" in problem) {
    const { clause: _clause, advice: _advice, ...parts } = problem;
    return { ...parts, message };
  }
  const { option: _, ...parts } = problem;
  return { ...parts, message };
};

const remedies: Readonly<Record<string, readonly [CliErrorCode, (message: string) => string]>> = {
  ECONNREFUSED: [
    "unreachable",
    (message) =>
      `no server answers (${message}); run npx millrace dev, or pass --stage for a deployed pipeline`,
  ],
  ResourceNotFoundException: ["not-deployed", notDeployedMessage],
  QueueDoesNotExist: ["not-deployed", notDeployedMessage],
  CredentialsProviderError: [
    "no-credentials",
    (message) =>
      `no AWS credentials found (${message}); set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
  ],
};

function notDeployedMessage(message: string): string {
  return `the pipeline does not exist (${message}); check that the stage is deployed in this account and region`;
}

/** Reports errors of the SDK and the network by their code or name. */
const reportUnknown = (thrown: unknown): ErrorReport => {
  const { name, code, message } = describeThrown(thrown);
  // The SDK gives this error neither a code nor a name.
  if (message === "Region is missing") {
    return report("no-region", "no AWS region set; set AWS_REGION, or AWS_PROFILE to a profile that has one");
  }
  const known = remedies[code] ?? remedies[name];
  if (known) return report(known[0], known[1](printable(message)));
  return report("failed", message.split("\n")[0] || name);
};

const describeThrown = (thrown: unknown) => {
  if (!(thrown instanceof Error)) return { name: "Error", code: "", message: String(thrown) };
  const code = "code" in thrown ? String(thrown.code) : "";
  return { name: thrown.name, code, message: thrown.message };
};

/** Errors of the input alone, whatever the pipeline contains. */
const wrongUsage: ReadonlySet<CliErrorCode> = new Set([
  "usage",
  "invalid-option",
  "invalid-input",
  "not-recomputable",
]);

/** 0 after help, 2 for invalid input, 1 for any other failure. */
export const exitCodeOf = (thrown: unknown): 0 | 1 | 2 => {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  return wrongUsage.has(reportOf(thrown).code) ? 2 : 1;
};
