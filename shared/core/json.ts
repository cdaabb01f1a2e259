import { createHash } from "node:crypto";
import { failureOf, truncate } from "./runs/failure.ts";

/** A value as the wire gives it back: what JSON cannot say is gone, and no caller can change it afterwards. */
export const jsonText = (value: unknown): string | undefined => JSON.stringify(value);

/** SHA-256 of a JSON text's value with the keys of every object in order, so that equal inputs hash alike. */
export const jsonHash = (text: string | undefined): string =>
  createHash("sha256")
    .update(text === undefined ? "" : sorted(JSON.parse(text)))
    .digest("base64url");

const sorted = (value: unknown): string => JSON.stringify(value, (_key, part: unknown) => inOrder(part));

const inOrder = (part: unknown): unknown =>
  part !== null && typeof part === "object" && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
    : part;

/** A value nested more deeply than this costs a stack in too many places that walk it. */
export const maxDepth = 64;

/** How many levels of arrays and objects a JSON text has, counted without parsing it. Stops at the first too many. */
export const isTooDeep = (text: string, most = maxDepth): boolean => {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inText && code === backslash) i++;
    else if (code === quote) inText = !inText;
    else if (!inText && (code === openBrace || code === openBracket) && ++depth > most) return true;
    else if (!inText && (code === closeBrace || code === closeBracket)) depth--;
  }
  return false;
};

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [34, 92, 123, 125, 91, 93];

/** Bytes of a text in UTF-8, which is what every limit of AWS counts. */
export const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

/** Why a text has no value that JavaScript can hold. */
interface JsonProblem {
  /** In a sentence. */
  readonly problem: string;
  /** What the parser says, of a text that is not JSON. */
  readonly syntaxError?: string;
}

/** Reads the value of a JSON text. Never throws. */
export const readJson = (text: string): { readonly value: unknown } | JsonProblem => {
  if (isTooDeep(text)) return { problem: `expected JSON at most ${maxDepth} levels deep` };
  try {
    return { value: JSON.parse(text, mayLoseDigits(text) ? refuseLoss : undefined) };
  } catch (error) {
    const { message } = failureOf(error);
    if (error instanceof LossError) return { problem: message };
    return { problem: `expected JSON: ${message}`, syntaxError: message };
  }
};

class LossError extends Error {}

/** Nearly every text holds no number that is long enough, and is parsed faster without a check of each value. */
const mayLoseDigits = (text: string): boolean => /\d{16}|\d[eE]/.test(text);

/** @param context has the number as it is written, which Node gives since version 21 */
const refuseLoss = (key: string, value: unknown, context?: { readonly source?: string }): unknown => {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || !losesDigits(source, value)) return value;
  const where = key === "" ? "" : `${key}: `;
  throw new LossError(
    `${where}the number ${truncate(source, 40)} has more digits than JavaScript keeps; send it as a string`,
  );
};

/**
 * Fractions are rounded by every program that reads JSON. What is written as an integer is meant exactly, unless it is
 * how JavaScript itself writes the number.
 */
const losesDigits = (source: string, value: number): boolean => {
  if (/^-?\d+$/.test(source) && Number.isFinite(value))
    return String(value) !== source && BigInt(source) !== BigInt(value);
  return !Number.isFinite(value) || (value === 0 && /^[^eE]*[1-9]/.test(source));
};
