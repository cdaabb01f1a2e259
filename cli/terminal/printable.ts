// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Text of others on one line of ours: keys and reasons may hold line breaks, and codes that a terminal obeys. */
export const printable = (text: string): string => text.replace(controls, " ");
