const codes = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, dim: 2 } as const;

export type Color = keyof typeof codes;

/** Adds terminal color codes to a text, if wanted. */
export const color = (isColored: boolean, name: Color, text: string): string =>
  isColored && text !== "" ? `\u001b[${codes[name]}m${text}\u001b[0m` : text;
