import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./project.ts";

const file = join(root, "docs", "benchmarks.md");

const intro = `# Benchmarks

Written by \`npm run bench -- --write\`; \`npm run bench -- --help\` explains how to run single measurements, or longer ones.
`;

export interface Section {
  readonly title: string;
  readonly text: string;
}

/** Replaces the sections of the same title. Other sections stay as they are. */
export const writeSections = async (
  machine: string,
  sections: readonly Section[],
  titles: readonly string[],
): Promise<void> => {
  const before = await readSections();
  const texts = titles.flatMap((title) => {
    const text = sections.find((section) => section.title === title)?.text ?? before.get(title);
    return text === undefined ? [] : [`## ${title}\n\n${text.trim()}\n`];
  });
  await writeFile(file, [intro, `${machine}\n`, ...texts].join("\n"));
};

const readSections = async (): Promise<ReadonlyMap<string, string>> => {
  const [, ...parts] = (await readFile(file, "utf8").catch(() => "")).split(/^## /m);
  return new Map(parts.map((part) => [part.split("\n", 1)[0] ?? "", part.slice(part.indexOf("\n") + 1)]));
};
