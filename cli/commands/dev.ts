import { resolve } from "node:path";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { isLaneName, type LaneName, laneNames } from "../../shared/core/lane.ts";
import { UsageError } from "../problem.ts";
import type { CliIo, GlobalOptions } from "../terminal/io.ts";

/** The options of `millrace dev`, as Commander parses them. */
interface Flags extends GlobalOptions {
  readonly data?: string;
  readonly reset?: true;
  readonly yes?: true;
  readonly verbose?: true;
  readonly concurrency?: number;
  readonly workers?: Workers;
  /** False with `--no-watch`. */
  readonly watch: boolean;
  /** False with `--no-types`. */
  readonly types: boolean;
}

type Workers = Readonly<Partial<Record<LaneName, number>>>;

export const addDev = (program: Command, io: CliIo): void => {
  program
    .command("dev")
    .description("Run the pipeline with your jobs on this machine, until Ctrl-C.")
    .option("--data <folder>", "where to store runs and messages (default: .millrace)")
    .option("--reset", "delete the stored data first, after confirmation")
    .option("--yes", "with --reset: delete without confirmation")
    .option("--verbose", "print every log line of the functions")
    .option("--concurrency <count>", "batches that the lanes run at the same time (default: 10)", positive)
    .option("--workers <lane=count>", "the same for one lane; give it once per lane", addWorkers)
    .option("--no-watch", "do not deploy the functions again when a file changes")
    .option("--no-types", "do not check the types of the app")
    .action(async (_flags: object, command: Command) => {
      const options = devOptionsOf(command.optsWithGlobals<Flags>(), { cwd: io.cwd, env: process.env });
      const { runDev } = await import("../../localstack/dev/dev.ts");
      await runDev(options, io);
    });
};

interface Caller {
  readonly cwd: string;
  readonly env: { readonly INIT_CWD?: string | undefined };
}

/** @throws UsageError for flags that exclude each other */
const devOptionsOf = (flags: Flags, { cwd, env }: Caller) => {
  const { jobs, data, reset, yes, verbose, concurrency, workers } = flags;
  if (flags.json) throw new UsageError("--json: dev prints text only; remove the flag");
  if (flags.stage) throw new UsageError(`--stage: dev runs the stage "local"; remove the flag`);
  if (yes && !reset) throw new UsageError("--yes: expected only with --reset");
  if (data === "") throw new UsageError("--data: expected a folder, got nothing");
  return {
    from: cwd,
    jobs,
    // npm runs scripts in the project's folder; INIT_CWD is where it was called.
    dataDir: data === undefined ? undefined : resolve(env.INIT_CWD ?? cwd, data),
    reset: reset ? (yes ? "yes" : "ask") : "no",
    isVerbose: verbose === true,
    isWatching: flags.watch,
    checksTypes: flags.types,
    concurrency: { ...workers, ...(concurrency !== undefined && { total: concurrency }) },
  } as const;
};

const positive = (text: string): number => {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= maxWorkers) return count;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${maxWorkers}.`);
};

/** Each takes a process. */
const maxWorkers = 1_000;

const addWorkers = (text: string, before: Workers = {}): Workers => {
  const given = text.split(",").map((part): Workers => {
    const [lane = "", count = ""] = part.split("=");
    if (!isLaneName(lane)) {
      throw new InvalidArgumentError(`Expected a lane (${laneNames.join(", ")}) and a count, such as low=8.`);
    }
    return { [lane]: positive(count) };
  });
  return Object.assign({}, before, ...given);
};
