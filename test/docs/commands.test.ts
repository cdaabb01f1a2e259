import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Command } from "commander";
import * as z from "zod";
import { flagsOf, globalFlags, program } from "./support/cli-commands.ts";
import { commandsOf, pages, root, textOf } from "./support/pages.ts";

/** What a page asks its reader to type: its indented lines, and the code in its sentences. */
const typedIn = (page: string): readonly string[] => {
  const text = textOf(page);
  const spans = [...text.replaceAll(/^(?: {4}|```).*$/gm, "").matchAll(/`([^`]+)`/g)];
  return [...commandsOf(text), ...spans.map(([, code = ""]) => code.replaceAll("\n", " "))];
};

/** Text in quotes may have any form. */
const tokensOf = (command: string): readonly string[] =>
  command
    .replaceAll(/'[^']*'|"[^"]*"/g, "…")
    .split(/[\s;&|)]+/)
    .filter((word) => word !== "");

/** The CLI's command that the words name, and the rest of the words. */
const commandIn = (
  words: readonly string[],
  parent: Command = program,
): { readonly command: Command; readonly rest: readonly string[] } => {
  const [word, ...rest] = words;
  // An option of every command, with its value.
  if (parent === program && word !== undefined && /^--(?:stage|jobs)$/.test(word))
    return commandIn(rest.slice(1), parent);
  const command = parent.commands.find((one) => one.name() === word);
  return command ? commandIn(rest, command) : { command: parent, rest: words };
};

/** What is wrong with a call of the CLI. */
const problemsOf = (call: string): readonly string[] => {
  const words = tokensOf(call);
  const { command, rest } = commandIn(words.slice(words.indexOf("millrace") + 1));
  const flags = rest.filter((word) => word.startsWith("--")).map((word) => word.replace(/=.*/, ""));
  const known = flagsOf(command);
  return [
    ...(command === program && !/^(?:<|--)/.test(rest[0] ?? "<") ? [`${call}: no command ${rest[0]}`] : []),
    ...flags
      .filter((flag) => !known.has(flag) && !globalFlags.has(flag))
      .map((flag) => `${call}: no option ${flag}`),
  ];
};

test.each(pages)("%s names only commands and options of the CLI that exist", (page) => {
  const calls = typedIn(page).filter((typed) => /(?:^|\s|\()(?:npx )?millrace [^{]/.test(typed));
  expect(calls.flatMap(problemsOf)).toEqual([]);
});

test("a command or an option that does not exist is a problem", () => {
  expect(problemsOf("npx millrace runs list --nope")).toEqual([
    "npx millrace runs list --nope: no option --nope",
  ]);
  expect(problemsOf("millrace launch")).toEqual(["millrace launch: no command launch"]);
  expect(problemsOf("millrace --stage dev lanes --minutes 3")).toEqual([]);
});

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));

test.each(pages)("%s names only scripts that exist", (page) => {
  const named = typedIn(page).flatMap((typed) => {
    const [, name] = /^npm (?:run )?(start|test|(?<=run )[\w:-]+)/.exec(typed) ?? [];
    return name === undefined ? [] : [name];
  });
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
