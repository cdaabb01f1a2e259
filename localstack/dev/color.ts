const codes = { red: 31, green: 32, yellow: 33, dim: 2 } as const;

/** Adds terminal color codes to a text, if wanted. */
export const color = (isColored: boolean, name: keyof typeof codes, text: string): string =>
  isColored && text !== "" ? `\u001b[${codes[name]}m${text}\u001b[0m` : text;
