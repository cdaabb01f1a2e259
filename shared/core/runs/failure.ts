import { createHash } from "node:crypto";
import { type Redact, redactPatterns } from "../redact.ts";
import { readThrown, type Thrown } from "./thrown.ts";

/** What is kept of something thrown in the run's row: small, and enough to know what happened. */
export interface Failure {
  readonly name: string;
  /** With its cause, where it has one: `fetch failed (cause: connect ECONNREFUSED 127.0.0.1:9)`. */
  readonly message: string;
}

export const maxNameLength = 80;
const messageLength = 300;

/** A long message leaves at least this much room for what caused it. */
const roomForCauses = 120;

/** Causes of causes that are kept. */
export const maxCauses = 5;

/** As much of a text as is searched for secrets: far more than is kept. */
const searchedLength = 10_000;

/**
 * Anything can be thrown in JavaScript; this makes evidence of all of it.
 * @param redact replaces secrets. Default: what looks like one.
 */
export const failureOf = (thrown: unknown, redact: Redact = redactPatterns): Failure => {
  const read = readThrown(thrown);
  const own = clean(ownText(read, maxCauses), redact);
  const causes = clean(causeText(read, own, maxCauses), redact);
  const room = messageLength - Math.min(causes.length, roomForCauses);
  const message = truncate(own, Math.max(room, messageLength - causes.length));
  return {
    name: truncate(clean(read.name, redact), maxNameLength),
    message: message + truncate(causes, messageLength - message.length),
  };
};

/** A text without secrets. A longer one is cut: searching it would take too long. */
export const clean = (text: string, redact: Redact): string => redact(truncate(text, searchedLength));

/** The message with its code, and the errors of which an AggregateError is made. Those of a part end one level below. */
const ownText = ({ message, code, parts }: Thrown, depth: number): string => {
  const texts =
    depth > 0 ? [...new Set(parts.map((part) => fullText(readThrown(part), Math.min(depth - 1, 1))))] : [];
  const errors = texts.filter((text) => text !== "" && !message.includes(text)).join("; ");
  const own = message === "" ? errors : errors === "" ? message : `${message} (errors: ${errors})`;
  if (code === undefined || own.includes(code)) return own;
  return own === "" ? code : `${own} [${code}]`;
};

/** Nothing when the message says it already. */
const causeText = ({ cause }: Thrown, own: string, depth: number): string => {
  if (cause === undefined || cause === null || depth === 0) return "";
  const text = fullText(readThrown(cause), depth - 1);
  return text === "" || own.includes(text) ? "" : ` (cause: ${text})`;
};

const fullText = (read: Thrown, depth: number): string => {
  const own = ownText(read, depth);
  const isNamed = read.name !== "Error" && read.message !== "";
  return `${isNamed ? `${read.name}: ` : ""}${own}${causeText(read, own, depth)}`;
};

/**
 * The text, or as much of it as fits, with a mark where it was cut. Half a surrogate pair, whether it came so or was
 * cut so, is replaced: a store refuses the whole request that holds one.
 */
export const truncate = (text: string, length: number): string =>
  (text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`).toWellFormed();

/**
 * The same for failures of one kind: ids, addresses, numbers and quoted values are left out, so that "user 17 not found"
 * and "user 18 not found" are one problem to an operator.
 */
export const fingerprintOf = ({ name, message }: Failure): string => {
  const kind = message
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-HJKMNP-TV-Z]{26}/g, "*")
    .replace(/"[^"]*"/g, "*")
    .replace(
      /(?<![\w:])(?:[0-9a-f]{0,4}:){2,8}[0-9a-f]{0,4}(?::\d+)?(?![\w:])|\d+(?:\.\d+){3}(?::\d+)?/g,
      "*",
    )
    .replace(/\d+/g, "*");
  return createHash("sha256").update(`${name}: ${kind}`).digest("hex").slice(0, 12);
};
