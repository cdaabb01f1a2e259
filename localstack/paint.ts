const codes = { red: 31, green: 32, yellow: 33, dim: 2 } as const;

/** Text in a colour, where colour is wanted. */
export const paint = (colour: boolean, name: keyof typeof codes, text: string): string =>
  colour && text !== "" ? `\u001b[${codes[name]}m${text}\u001b[0m` : text;
