import { CommanderError } from "commander";
import { printable } from "./printable.ts";

/** The command line itself is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** 0 after help, 2 when what was typed cannot be right, 1 when it could and did not work. */
export const exitCodeOf = (problem: unknown): 0 | 1 | 2 => {
  if (problem instanceof CommanderError) return problem.exitCode === 0 ? 0 : 2;
  return problem instanceof Error && wrongUsage.has(problem.name) ? 2 : 1;
};

/** By name, since their classes would bring the schemas with them, which a call for help can do without. */
const wrongUsage: ReadonlySet<string> = new Set([
  "UsageError",
  "OperationInputError",
  "DefinitionError",
  "InvalidInputError",
]);

/** What went wrong, in one line and without a stack. */
export const sentenceOf = (problem: unknown): string => {
  const cause = problem instanceof AggregateError ? (problem.errors[0] ?? problem) : problem;
  const { name, code, message } = partsOf(cause);
  if (code === "ECONNREFUSED")
    return `nothing answers (${message}): is npm start running, or which --stage is meant?`;
  if (name === "ResourceNotFoundException" || name === "QueueDoesNotExist") {
    return `the pipeline is not there (${message}): is the stage deployed in this account and region?`;
  }
  if (message === "Region is missing")
    return "no region of AWS is set: set AWS_REGION, or AWS_PROFILE to a profile that has one";
  if (name === "CredentialsProviderError") {
    const remedy = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    return `no credentials of AWS are found (${printable(message)}): ${remedy}`;
  }
  return printable(message.split("\n")[0] || name);
};

const partsOf = (problem: unknown) => {
  if (!(problem instanceof Error)) return { name: "Error", code: undefined, message: String(problem) };
  return { name: problem.name, code: "code" in problem ? problem.code : undefined, message: problem.message };
};
