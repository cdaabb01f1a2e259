import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..", "..");

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  /** The path that its first line names in a comment: what the reader is asked to write there. */
  readonly file?: string;
  readonly text: string;
}

/** The README and all pages in `docs/`. */
export const pages: readonly string[] = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export const textOf = (page: string): string => readFileSync(join(root, page), "utf8");

const fence = /^```(\w+)\n(.*?)^```$/gms;

export const blocksOf = (page: string): readonly Block[] => {
  const text = textOf(page);
  return [...text.matchAll(fence)].map(({ 1: language = "", 2: code = "", index }) => {
    const [, file] = /^(?:\/\/|#|<!--) ([\w./-]+\.\w+)(?: -->)?\n/.exec(code) ?? [];
    const line = text.slice(0, index).split("\n").length;
    return { page, line, language, text: code, ...(file !== undefined && { file }) };
  });
};

/** The commands that a page prints: in indented lines, which `\` may continue. */
export const commandsOf = (text: string): readonly string[] =>
  text
    .replaceAll(fence, "")
    .replaceAll(/\\\n {4,}/g, "")
    .split("\n")
    .filter((line) => /^ {4}(?=\S)/.test(line))
    .map((line) => line.slice(4).replace(/ {2,}#.*$/, ""));

/** The text below a heading, up to the next one of its level or above. */
export const sectionOf = (page: string, heading: string): string => {
  const text = textOf(page);
  // A comment of a script in a block is no heading.
  const headings = [...text.replaceAll(fence, (block) => "x".repeat(block.length)).matchAll(/^(#+) (.*)$/gm)];
  const at = headings.findIndex(([, , title]) => title === heading);
  const depthOf = (one: RegExpExecArray | undefined): number => one?.[1]?.length ?? 0;
  const found = headings[at];
  if (!found) throw new Error(`${page} has no section "${heading}"`);
  const next = headings.slice(at + 1).find((one) => depthOf(one) <= depthOf(found));
  return text.slice(found.index + found[0].length, next?.index);
};
