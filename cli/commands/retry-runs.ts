import { type Command, Option } from "commander";
import type { CountedDeaths, DeathGroup, RunRetried } from "../../shared/operations/runs/retry-runs.ts";
import type { PipelineContext } from "../../shared/pipeline/context.ts";
import { UsageError } from "../problem.ts";
import { count } from "../terminal/count.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { printable } from "../terminal/printable.ts";
import { table } from "../terminal/table.ts";
import { relative } from "../terminal/time.ts";

interface RetryOptions {
  readonly job?: string;
  readonly state?: "dead";
  readonly reason?: string;
  readonly fingerprint?: string;
  readonly since?: string;
  readonly limit?: number;
  readonly yes?: true;
}

export const addRetry = (runs: Command, io: CliIo): void => {
  runs
    .command("retry")
    .description("Retry a dead run, or with --job all dead runs of a job.")
    .argument("[id]", "as `runs list` shows it")
    .option("--job <name>", "dead runs of this job; only shows them unless --yes is given")
    .addOption(new Option("--state <state>", "with --job: only this state (default: dead)").choices(["dead"]))
    .option("--reason <text>", "with --job: only runs whose reason contains this text")
    .option("--fingerprint <text>", "with --job: only runs with this cause, as shown without --yes")
    .option(
      "--since <moment>",
      'with --job: only runs that died since 2027-01-01T00:00:00Z, or in the last "2 hours"',
    )
    .option("--limit <count>", "with --job: maximum number to retry", count)
    .option("--yes", "with --job: retry them")
    .action(async (id: string | undefined, options: RetryOptions, command: Command) => {
      checkTarget(id, options);
      if (id === undefined) await retryMany(options, io, command);
      else await retryOne(id, io, command);
    });
};

/** @throws UsageError unless exactly one of id and --job was given */
const checkTarget = (id: string | undefined, { job, ...others }: RetryOptions): void => {
  if ((id === undefined) === (job === undefined)) {
    const got = id === undefined ? "neither" : "both";
    throw new UsageError(`expected a run id or --job, got ${got}; give one of them`);
  }
  const [extra] = Object.keys(others);
  if (id !== undefined && extra !== undefined) {
    throw new UsageError(`--${extra}: expected only with --job, got an id too; leave one of them out`);
  }
};

const retryOne = async (id: string, io: CliIo, command: Command): Promise<void> => {
  const { runRetry } = await import("../../shared/operations/runs/retry-runs.ts");
  await runOperation(io, command, { operation: runRetry, input: { id }, view: viewRetried });
};

const viewRetried = ({ outcome, run }: RunRetried, { paint }: Terminal): string => {
  const id = paint("bold", printable(run.id));
  return outcome === "retried"
    ? `Retried ${id}: it is queued on lane ${run.lane}.`
    : `${id} is ${run.state}, not dead; nothing changed.`;
};

/** The totals of `--yes` over all pages. */
interface Retried extends CountedDeaths {
  readonly retried: number;
  readonly discarded: number;
}

const retryMany = async (options: RetryOptions, io: CliIo, command: Command): Promise<void> => {
  const { runCountDead, runRetryDead } = await import("../../shared/operations/runs/retry-runs.ts");
  const { yes, limit = Number.POSITIVE_INFINITY, state: _, ...input } = options;
  if (!yes) {
    const view = viewPlan(limit);
    await runOperation(io, command, { operation: runCountDead, input, view });
    return;
  }
  /** Retries page by page: after Ctrl-C, the runs retried so far stay retried. */
  const run = async (
    { job }: { readonly job: string },
    context: PipelineContext,
  ): Promise<Pick<Retried, "job" | "retried" | "discarded">> => {
    const { operate } = await import("../../shared/operations/operation.ts");
    let [retried, discarded] = [0, 0];
    let cursor: string | undefined;
    do {
      const page = { ...input, limit: Math.min(pageSize, limit - retried), ...(cursor && { cursor }) };
      const answered = await operate(runRetryDead, page, context);
      retried += answered.retried;
      discarded += answered.discarded;
      cursor = answered.nextCursor;
      if (cursor !== undefined && retried < limit) io.err(`millrace: ${retried} retried so far`);
    } while (cursor !== undefined && retried < limit);
    return { job, retried, discarded };
  };
  await runOperation(io, command, { operation: { ...runRetryDead, run }, input, view: viewDone });
};

const pageSize = 200;

const viewDone = (
  { job, retried, discarded }: Pick<Retried, "job" | "retried" | "discarded">,
  { paint }: Terminal,
): string => {
  if (retried === 0) return `No matching dead runs of ${paint("bold", job)}; nothing changed.`;
  const deadLetters = discarded === 0 ? "" : ` Discarded ${counted(discarded, "stale dead letter")}.`;
  return `Retried ${counted(retried, "run")} of ${paint("bold", job)}.${deadLetters}`;
};

const columns = [
  { title: "FINGERPRINT" },
  { title: "DEAD", align: "right" },
  { title: "FIRST" },
  { title: "LAST" },
] as const;

const viewPlan =
  (limit: number) =>
  ({ job, groups, total, isComplete }: CountedDeaths, screen: Terminal): string => {
    if (total === 0) return `No matching dead runs of ${screen.paint("bold", job)}.`;
    const rows = groups.map((group) => ({ cells: cellsOf(group, screen.now), note: group.reason }));
    const all = isComplete ? counted(total, "dead run") : `more than ${total} dead runs`;
    const limited = limit < total ? ` the first ${limit} of` : "";
    const summary = `Nothing was changed. Repeat with --yes to retry${limited} ${all} of ${job}.`;
    return `${table(columns, rows, screen)}\n${summary}`;
  };

const cellsOf = ({ fingerprint, count, firstDiedAt, lastDiedAt }: DeathGroup, now: number) => [
  fingerprint,
  String(count),
  relative(firstDiedAt, now),
  relative(lastDiedAt, now),
];

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
