/** Replaces control characters: names and reasons come from anyone who can send a message. */
export const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, "·");
