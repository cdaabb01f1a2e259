import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What `npm start` was asked for. */
export type StartCommand =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "refused"; readonly problem: string }
  | {
      readonly kind: "start";
      readonly dataDir: string;
      readonly isVerbose: boolean;
      /** `ask` wants a confirmation, `yes` has it. */
      readonly reset: "no" | "ask" | "yes";
    };

export interface CommandContext {
  /** Where data is kept unless `--data` names another folder. */
  readonly defaultDataDir: string;
  /** What a relative `--data` starts from. */
  readonly from: string;
}

/** Read the arguments after `npm start --`. */
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
    // Node's own hint on how to pass a positional argument is not for us: there are none.
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split(". ");
    return sentence;
  }
};

export const help = `Run the whole pipeline on this machine, until Ctrl-C.

  npm start                          # data is kept in .millrace
  npm start -- --data <folder>       # keep data in another folder
  npm start -- --reset               # delete the data first, after asking
  npm start -- --reset --yes         # the same without asking
  npm start -- --verbose             # show every line that the functions log
  npm start -- --version
  npm start -- --help

It writes <data>/env, the variables with which other programs find it:

  node --env-file=.millrace/env your-program.js
`;
