import type { Command, Option } from "commander";
import type { OptionNames } from "../shared/core/problem.ts";

/** Fields of operations whose flag is not the same name. */
const flagsByField: Readonly<Record<string, readonly string[]>> = {
  "dst.gap": ["--gap"],
  "dst gap": ["--gap"],
  "dst.overlap": ["--overlap-dst"],
  "dst overlap": ["--overlap-dst"],
  dst: ["--gap", "--overlap-dst"],
  dates: ["--except"],
};

/** Operations name fields; who typed a command knows its flags. What has no flag, such as an argument, keeps its name. */
export const flagNames = (command: Command): OptionNames => ({
  nameOf: (field) => flagsOf(field, command).join(" and ") || field,
  askFor: (field, value) => {
    const [flag] = flagsOf(field, command);
    return flag && `add ${[flag, value].filter(Boolean).join(" ")}`;
  },
});

/** The flags of a field that were typed, else all that the command has. */
const flagsOf = (field: string, command: Command): readonly string[] => {
  const wanted = flagsByField[field] ?? [`--${kebab(field)}`];
  const options = command.options.filter((option) => wanted.some((flag) => isFlag(option, flag)));
  const typed = options.filter((option) => command.getOptionValue(option.attributeName()) !== undefined);
  return (typed.length > 0 ? typed : options).flatMap(({ long }) => long ?? []);
};

/** The zone has two long ones. */
const isFlag = ({ short, long }: Option, flag: string): boolean => flag === short || flag === long;

const kebab = (field: string): string => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
