// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression matches control characters on purpose
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Puts user-supplied text on one line: keys and reasons may contain line breaks and terminal control codes. */
export const printable = (text: string): string => text.replace(controls, " ");
