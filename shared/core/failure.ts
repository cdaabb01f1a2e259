import { createHash } from "node:crypto";

/** What is kept of something thrown: enough to act on, small enough for the run's row. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

const nameLength = 80;
const messageLength = 300;

/** Anything can be thrown in JavaScript; this makes evidence of all of it. */
export const failureOf = (thrown: unknown): Failure => {
  try {
    if (thrown instanceof Error) return failure(thrown.name, thrown.message);
    if (typeof thrown === "string") return failure("Error", thrown);
    return failure("Error", `threw ${JSON.stringify(thrown) ?? String(thrown)} instead of an Error`);
  } catch {
    return failure("Error", `threw something (${typeof thrown}) that cannot be put into words`);
  }
};

const failure = (name: string, message: string): Failure => ({
  name: cut(String(name), nameLength),
  message: cut(String(message), messageLength),
});

/**
 * The text, or as much of it as fits, with a mark where it was cut. Half a surrogate pair, whether it came so or was
 * cut so, is replaced: a store refuses the whole request that holds one.
 */
export const cut = (text: string, length: number): string =>
  (text.length <= length ? text : `${text.slice(0, length - 1)}…`).toWellFormed();

/**
 * The same for failures of one kind: ids, numbers and quoted values are left out, so that "user 17 not found" and
 * "user 18 not found" are one problem to an operator.
 */
export const fingerprintOf = ({ name, message }: Failure): string => {
  const kind = message
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-HJKMNP-TV-Z]{26}/g, "*")
    .replace(/"[^"]*"/g, "*")
    .replace(/\d+/g, "*");
  return createHash("sha256").update(`${name}: ${kind}`).digest("hex").slice(0, 12);
};
