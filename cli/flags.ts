import type { Command, Option } from "commander";
import type { ViewTerms } from "../shared/core/problem.ts";

/** Operation fields whose flag has another name. */
const flagsByField: Readonly<Record<string, readonly string[]>> = {
  "dst.gap": ["--gap"],
  "dst gap": ["--gap"],
  "dst.overlap": ["--overlap-dst"],
  "dst overlap": ["--overlap-dst"],
  dst: ["--gap", "--overlap-dst"],
  dates: ["--except"],
};

/**
 * Operations report fields and names of operations; a user knows flags and commands. A field without a flag, such as an
 * argument, keeps its name.
 */
export const commandTerms = (command: Command): ViewTerms => ({
  nameOf: (field) => flagsOf(field, command).join(" and ") || field,
  askFor: (field, value) => {
    const [flag] = flagsOf(field, command);
    return flag && `add ${[flag, value].filter(Boolean).join(" ")}`;
  },
  advise: (advice) =>
    advice.kind === "retry" ? "run the command again" : `see millrace ${advice.operation.replace(".", " ")}`,
});

/** The flags of a field that were typed, or else all flags that the command has for it. */
const flagsOf = (field: string, command: Command): readonly string[] => {
  const wanted = flagsByField[field] ?? [`--${kebab(field)}`];
  const options = command.options.filter((option) => wanted.some((flag) => isFlag(option, flag)));
  const typed = options.filter((option) => command.getOptionValue(option.attributeName()) !== undefined);
  return (typed.length > 0 ? typed : options).flatMap(({ long }) => long ?? []);
};

/** The zone has two long flags, so Commander stores one of them as the short one. */
const isFlag = ({ short, long }: Option, flag: string): boolean => flag === short || flag === long;

/** The name of a flag for a field: `catchUp` is `catch-up`. */
export const kebab = (field: string): string =>
  field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
