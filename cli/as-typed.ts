import type { Command, Option } from "commander";
import { sentenceOf } from "./problem.ts";

/** What went wrong, in one line: operations name their fields, and who typed knows flags. */
export const asTyped = (problem: unknown, command: Command): string => {
  const sentence = sentenceOf(problem);
  if (!(problem instanceof Error) || !namesFields.has(problem.name)) return sentence;
  const named = sentence.replace(/(^|; )([a-zA-Z]+(?:[. ][a-z]+)?): /g, (whole, before, field) => {
    const flags = flagsOf(String(field), command);
    return flags === "" ? whole : `${before}${flags}: `;
  });
  return remedies.reduce((text, remedy) => withRemedy(text, remedy, command), named);
};

/** By name, see `exitCodeOf`. */
const namesFields: ReadonlySet<string> = new Set(["OperationInputError", "DefinitionError"]);

/** Fields whose flag is not the same word. */
const otherWords: ReadonlyMap<string, readonly string[]> = new Map([
  ["dst.gap", ["--gap"]],
  ["dst gap", ["--gap"]],
  ["dst.overlap", ["--overlap-dst"]],
  ["dst overlap", ["--overlap-dst"]],
  ["dst", ["--gap", "--overlap-dst"]],
  ["dates", ["--except"]],
]);

/** The flags of a field that were typed, else its one flag, else nothing: some fields are arguments, some a rule's. */
const flagsOf = (field: string, command: Command): string => {
  const wanted = otherWords.get(field) ?? [`--${kebab(field)}`];
  const options = command.options.filter((option) => wanted.some((flag) => isFlag(option, flag)));
  const typed = options.filter((option) => command.getOptionValue(option.attributeName()) !== undefined);
  const meant = typed.length > 0 ? typed : options;
  return meant.map(({ long }) => long).join(" and ");
};

/** The zone has two long ones. */
const isFlag = ({ short, long }: Option, flag: string): boolean => flag === short || flag === long;

const kebab = (field: string): string => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

interface Remedy {
  readonly said: string;
  readonly flag: string;
  readonly typed: string;
}

const remedies: readonly Remedy[] = [
  { said: ', or ask for past: "run-now"', flag: "--past", typed: ", or add --past run-now" },
  { said: ", or ask for allowNever", flag: "--allow-never", typed: ", or add --allow-never" },
  { said: "expected delay or at", flag: "--at", typed: "expected --delay or --at" },
  { said: "expected at or delay", flag: "--at", typed: "expected --at or --delay" },
];

/** A remedy that a command does not have is no remedy. */
const withRemedy = (text: string, { said, flag, typed }: Remedy, { options }: Command): string =>
  text.replace(said, options.some((option) => isFlag(option, flag)) ? typed : "");
