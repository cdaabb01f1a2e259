import type { StandardSchemaV1 } from "@standard-schema/spec";
import { InvalidInputError } from "./errors.ts";
import { cut, failureOf } from "./failure.ts";
import type { Job } from "./job.ts";
import { bytesOf, isTooDeep, jsonText, mostDepth } from "./json.ts";
import { isSecretName, redacted, redactPatterns } from "./redact.ts";

/** Inputs up to this size stand in the run's row, which should stay within one write unit (1 KB). */
export const inlineBytes = 500;

/** The largest input or result. An item of DynamoDB holds 400 KB; the rest is room for names and keys. */
export const mostPayloadBytes = 350_000;

/**
 * What the job's schema makes of an input.
 * @throws InvalidInputError that says for each field what was expected and what came.
 */
export const parseInput = async (job: Job, input: unknown): Promise<unknown> => {
  const parsed = await job.input["~standard"].validate(input);
  if (!parsed.issues) return parsed.value;
  throw new InvalidInputError(
    job.name,
    parsed.issues.map((issue) => problem(issue, input)),
  );
};

/**
 * Check an input as its sender has it. What travels is the value as sent, so that a schema's transforms are applied
 * once, on receipt; its JSON text is returned. The schema sees what the wire will give back: a Date, for one, arrives
 * as a string, and must be refused here if it would be refused there.
 * @throws InvalidInputError when JSON cannot say it, when it is too large or too deep, or when the schema refuses it.
 */
export const checkInput = async (job: Job, input: unknown): Promise<string | undefined> => {
  const text = asJson(job, input);
  const excess = text === undefined ? undefined : excessOf(text);
  if (excess !== undefined) throw new InvalidInputError(job.name, [excess]);
  await parseInput(job, text === undefined ? undefined : JSON.parse(text));
  return text;
};

/** Why the wire or the store cannot carry a JSON text, undefined if it can. Its message is one level deeper than the input in it. */
export const excessOf = (text: string): string | undefined => {
  if (bytesOf(text) > mostPayloadBytes) {
    return `expected at most ${mostPayloadBytes} bytes of JSON, got ${bytesOf(text)}; store the data elsewhere and send where it is`;
  }
  return isTooDeep(text, mostDepth - 1) ? `expected at most ${mostDepth - 1} levels, got more` : undefined;
};

const asJson = (job: Job, input: unknown): string | undefined => {
  try {
    return jsonText(input);
  } catch (error) {
    throw new InvalidInputError(job.name, [
      `expected a value that JSON can say: ${failureOf(error).message}`,
    ]);
  }
};

const problem = (issue: StandardSchemaV1.Issue, input: unknown): string => {
  const path = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
  const came = path.reduce<unknown>(at, input);
  const isSecret = came !== undefined && path.some((part) => isSecretName(String(part)));
  const got = isSecret ? redacted : cut(asText(came), 80);
  return `${path.map(String).join(".") || "input"}: ${issue.message}, got ${got}`;
};

const at = (value: unknown, key: PropertyKey): unknown =>
  value !== null && typeof value === "object" ? Reflect.get(value, key) : undefined;

/** Without secrets: refusals are logged, and kept with the run. */
const asText = (value: unknown): string => {
  try {
    const text = JSON.stringify(value, (key, part: unknown) => (isSecretName(key) ? redacted : part));
    return text === undefined ? "nothing" : redactPatterns(cut(text, 2_000));
  } catch {
    return typeof value;
  }
};
