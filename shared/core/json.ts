import { createHash } from "node:crypto";

/** What survives a trip over the wire. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

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

/** Bytes of a text in UTF-8, which is what every limit of AWS counts. */
export const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");
