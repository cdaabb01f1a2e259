import { runCli } from "../../../cli/program.ts";
import type { CliIo, ConnectOptions } from "../../../cli/terminal/io.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import type { Job, Schedule } from "../../../shared/index.ts";
import { cron, every, schedule } from "../../../shared/index.ts";
import { createPipeline, scriptedJob } from "../../pipeline/support/pipeline-harness.ts";

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the CLI in this process, over a pipeline in memory. */
export const createCli = (jobs: readonly Job[], schedules: readonly Schedule[] = []) => {
  const pipeline = createPipeline(jobs, schedules);
  const context = { ports: pipeline.ports, registry: defineRegistry(jobs, schedules) };
  const stages: (string | undefined)[] = [];
  /** The lines that name the pipeline, one per command. */
  const named: string[] = [];
  const run = async (
    args: readonly string[],
    given: Partial<CliIo> & { readonly stdin?: string | Uint8Array } = {},
  ): Promise<Printed> => {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await runCli(args, {
      out: (line) => void out.push(`${line}\n`),
      err: (line) => void err.push(`${line}\n`),
      readStdin: async () => Buffer.from(given.stdin ?? ""),
      connect: async ({ stage }: ConnectOptions) => {
        stages.push(stage);
        return { context, pipeline: { stage: stage ?? "local", endpoint: "memory", chosenBy: "--stage" } };
      },
      loadJobs: async () => context.registry,
      cwd: "/nowhere",
      isColored: false,
      isErrColored: false,
      columns: 100,
      ...given,
    });
    named.push(...err.filter((line) => line.startsWith("pipeline: ")));
    return { code, out: out.join(""), err: err.filter((line) => !line.startsWith("pipeline: ")).join("") };
  };
  return { pipeline, context, run, stages, named };
};

/** The same, with a scripted job on two schedules. */
export const createScriptedCli = () => {
  const { scripted } = scriptedJob();
  const schedules = [
    schedule(every("30 seconds"), scripted, {}, { name: "often" }),
    schedule(cron("0 3 * * *", "Europe/Madrid"), scripted, {}, { name: "nightly" }),
  ];
  return { scripted, ...createCli([scripted], schedules) };
};

/** Splits a shell line. Quotes inside quotes are not supported. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare = ""]) => quoted ?? bare);

/** The same, for commands written as one line. */
export const createTypedCli = () => {
  const { run, ...rest } = createScriptedCli();
  const runLine = async (line: string, given: Parameters<typeof run>[1] = {}) =>
    await run(words(line), given);
  return { ...rest, runLine };
};
