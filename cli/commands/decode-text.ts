type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/**
 * Decodes a file or standard input from any editor or shell: UTF-8, or UTF-16 as PowerShell's `>` writes it. Removes a
 * byte order mark.
 * @throws Error when the bytes are neither
 */
export const decodeText = (bytes: Uint8Array): string => {
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Error(
      `expected text in UTF-8 or UTF-16, got bytes that are not ${encoding}; save the file as UTF-8`,
    );
  }
};

/** Uses the byte order mark. Without one, JSON still begins with an ASCII character, whose zero byte reveals UTF-16. */
const encodingOf = ([first, second]: Uint8Array): Encoding => {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first === undefined || second === undefined) return "utf-8";
  if (first !== 0 && second === 0) return "utf-16le";
  return first === 0 && second !== 0 ? "utf-16be" : "utf-8";
};
