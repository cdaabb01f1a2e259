import type { Terminal } from "./io.ts";
import { readableJson } from "./json.ts";
import { printable } from "./printable.ts";

/** One line of a page, left out when its text is undefined. */
export type Fact = readonly [name: string, text: string | undefined];

const nameWidth = 13;

/** A title, then one line per fact. */
export const page = (title: string, facts: readonly Fact[], { paint }: Pick<Terminal, "paint">): string => {
  const lines = facts.flatMap(([name, text]) =>
    text === undefined ? [] : [`  ${paint("dim", name.padEnd(nameWidth))}${text}`],
  );
  return [title, ...lines].join("\n");
};

/** Formats a value as JSON within the page's second column. */
export const value = (part: unknown, { columns }: Pick<Terminal, "columns">): string | undefined => {
  if (part === undefined) return undefined;
  const width = Math.min(columns, 100) - nameWidth - 2;
  const lines = readableJson(part, width).split("\n").map(printable);
  return lines.join(`\n${" ".repeat(nameWidth + 2)}`);
};
