import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** The parsed command of `npm start`. */
export type StartCommand =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "refused"; readonly problem: string }
  | {
      readonly kind: "start";
      readonly dataDir: string;
      readonly isVerbose: boolean;
      /** `ask`: confirm first; `yes`: already confirmed. */
      readonly reset: "no" | "ask" | "yes";
    };

export interface CommandContext {
  /** The data folder without `--data`. */
  readonly defaultDataDir: string;
  /** The base of a relative `--data`. */
  readonly from: string;
}

/** Parses the arguments after `npm start --`. */
export const readCommand = (
  args: readonly string[],
  { defaultDataDir, from }: CommandContext,
): StartCommand => {
  const flags = parsed(args);
  if (typeof flags === "string") return { kind: "refused", problem: flags };
  const { help, version, data, verbose, reset, yes } = flags;
  if (help) return { kind: "help" };
  if (version) return { kind: "version" };
  if (data === "") return { kind: "refused", problem: "--data: expected a folder, got nothing" };
  if (yes && !reset) return { kind: "refused", problem: "--yes: expected only with --reset" };
  return {
    kind: "start",
    dataDir: data === undefined ? defaultDataDir : resolve(from, data),
    isVerbose: verbose,
    reset: reset ? (yes ? "yes" : "ask") : "no",
  };
};

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h", default: false },
        version: { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
        reset: { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
        data: { type: "string" },
      },
    }).values;
  } catch (error) {
    // Drops Node's hint about positional arguments, which do not exist here.
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split(". ");
    return sentence;
  }
};

export const help = `Run the whole pipeline on this machine, until Ctrl-C.

  npm start                          # store data in .millrace
  npm start -- --data <folder>       # store data in another folder
  npm start -- --reset               # delete the data first, after confirmation
  npm start -- --reset --yes         # delete the data without confirmation
  npm start -- --verbose             # print every log line of the functions
  npm start -- --version
  npm start -- --help

Other programs find the pipeline through the variables in <data>/env:

  node --env-file=.millrace/env your-program.js
`;
