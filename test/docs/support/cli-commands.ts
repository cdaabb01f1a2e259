import type { Command } from "commander";
import { createProgram } from "../../../cli/program.ts";

const unused = (): never => {
  throw new Error("not to be called");
};

/** The CLI as it is, to compare with its documents. */
export const program = createProgram(
  {
    out: unused,
    err: unused,
    readStdin: unused,
    connect: unused,
    loadJobs: unused,
    cwd: "/nowhere",
    isColored: false,
    isErrColored: false,
    columns: 80,
  },
  false,
);

/** The options of every command. */
export const globalFlags: ReadonlySet<string> = new Set([
  "--stage",
  "--jobs",
  "--json",
  "--help",
  "--version",
]);

/** A command's own options, with their long aliases. */
export const flagsOf = ({ options }: Command): ReadonlySet<string> =>
  new Set(
    options
      .flatMap(({ short, long }) => [short, long].filter((flag) => flag?.startsWith("--") ?? false))
      .map(String),
  );
