import type { StandardSchemaV1 } from "@standard-schema/spec";
import { InvalidInputError } from "../errors.ts";
import { type Job, takesInput } from "../jobs/job.ts";
import type { JobTarget } from "../jobs/job-ref.ts";
import { bytesOf, isTooDeep, jsonText, maxDepth } from "../json.ts";
import { lossIn } from "../json-loss.ts";
import { isSecretName, redacted, redactPatterns } from "../redact.ts";
import { failureOf, truncate } from "./failure.ts";

/** Inputs up to this size are stored in the run's row, which should stay within one write unit (1 KB). */
export const inlineBytes = 500;

/** The largest input or result. An item of DynamoDB holds 400 KB; the rest is room for names and keys. */
export const maxPayloadBytes = 350_000;

/**
 * What the job's schema makes of an input.
 * @throws InvalidInputError that says for each field what was expected and what came.
 */
export const parseInput = async (job: JobTarget, input: unknown): Promise<unknown> => {
  const parsed = await job.input["~standard"].validate(input);
  if (!parsed.issues) return parsed.value;
  // Not `issues.map`: of a subclass of Array, as ArkType has, that calls the subclass's constructor.
  throw new InvalidInputError(
    job.name,
    Array.from(parsed.issues, (issue) => problem(issue, input)),
  );
};

/**
 * Check an input as its sender has it. What travels is the value as sent, so that a schema's transforms are applied
 * once, on receipt; its JSON text is returned. The schema sees what the wire will give back: a Date, for one, arrives
 * as a string, and must be refused here if it would be refused there.
 * @returns undefined when there is no input; null is none to a job that declares none
 * @throws InvalidInputError when JSON cannot carry it or would change it, when it is too large or too deep, or when the
 * schema refuses it.
 */
export const checkInput = async (job: JobTarget, input: unknown): Promise<string | undefined> => {
  const text = asJson(job, input);
  const problem = (text === undefined ? undefined : excessOf(text)) ?? lossIn(input);
  if (problem !== undefined) throw new InvalidInputError(job.name, [problem]);
  await parseInput(job, text === undefined ? undefined : JSON.parse(text));
  return inputTextOf(job, text);
};

/** Many serializers write null for what is absent: to a job that declares no input, null is none. */
export const inputTextOf = (job: Pick<Job, "input">, text: string | undefined): string | undefined =>
  text === "null" && !takesInput(job) ? undefined : text;

/** Why the wire or the store cannot carry a JSON text, undefined if it can. Its message is one level deeper than the input in it. */
export const excessOf = (text: string): string | undefined => {
  if (bytesOf(text) > maxPayloadBytes) {
    return `expected at most ${maxPayloadBytes} bytes of JSON, got ${bytesOf(text)}; store the data elsewhere and send where it is`;
  }
  return isTooDeep(text, maxDepth - 1) ? `expected at most ${maxDepth - 1} levels, got more` : undefined;
};

const asJson = (job: JobTarget, input: unknown): string | undefined => {
  try {
    return jsonText(input);
  } catch (error) {
    throw new InvalidInputError(job.name, [
      `expected a value that JSON can carry: ${failureOf(error).message}`,
    ]);
  }
};

const problem = (issue: StandardSchemaV1.Issue, input: unknown): string => {
  const path = Array.from(issue.path ?? [], (part) => (typeof part === "object" ? part.key : part));
  const came = path.reduce<unknown>(at, input);
  const isSecret = came !== undefined && path.some((part) => isSecretName(String(part)));
  const got = isSecret ? redacted : truncate(asText(came), 80);
  return `${path.map(String).join(".") || "input"}: ${issue.message}, got ${got}`;
};

const at = (value: unknown, key: PropertyKey): unknown =>
  value !== null && typeof value === "object" ? Reflect.get(value, key) : undefined;

/** Without secrets: refusals are logged, and kept with the run. */
const asText = (value: unknown): string => {
  try {
    const text = JSON.stringify(value, (key, part: unknown) => (isSecretName(key) ? redacted : part));
    return text === undefined ? "nothing" : redactPatterns(truncate(text, 2_000));
  } catch {
    return typeof value;
  }
};
