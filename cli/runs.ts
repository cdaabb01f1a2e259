import type { Command } from "commander";
import type { ListedRuns } from "../shared/pipeline/operations/list-runs.ts";
import type { RunSummary } from "../shared/pipeline/operations/run-view.ts";
import { addChangeRun } from "./change-run.ts";
import { count } from "./count.ts";
import { answer, type Io, type Screen } from "./io.ts";
import { styleOf } from "./paint.ts";
import { addRetry } from "./retry-runs.ts";
import { viewRun } from "./show-run.ts";
import { type Row, table } from "./table.ts";
import { relative, took } from "./time.ts";

export const addRuns = (program: Command, io: Io): void => {
  const runs = program.command("runs").description("Look at runs, and change those that wait.");
  runs
    .command("list")
    .description("List runs, newest first.")
    .option("--job <name>", "only runs of this job")
    .option("--state <state>", "only runs in this state: queued, running, retry, succeeded, dead, …")
    .option("--limit <count>", "at most so many (default: 20)", count)
    .action(async (input: object, command: Command) => {
      const { listRuns } = await import("../shared/pipeline/operations/list-runs.ts");
      await answer(io, command, { operation: listRuns, input, view: viewRuns });
    });
  runs
    .command("show")
    .description("Show one run with its input and its result.")
    .argument("<id>", "as `runs list` shows it")
    .action(async (id: string, _options: object, command: Command) => {
      const { showRun } = await import("../shared/pipeline/operations/show-run.ts");
      await answer(io, command, { operation: showRun, input: { id }, view: viewRun });
    });
  addChangeRun(runs, io);
  addRetry(runs, io);
};

const columns = [
  { title: "RUN" },
  { title: "STATE" },
  { title: "TRIES", align: "right" },
  { title: "TOOK", align: "right" },
  { title: "WHEN" },
] as const;

const viewRuns = ({ runs, looked, hasOlder }: ListedRuns, screen: Screen): string => {
  const searched = hasOlder ? `among the newest ${looked} runs` : `among all ${looked} runs`;
  if (runs.length === 0) return looked === 0 ? "There are no runs yet." : `None found ${searched}.`;
  const rows = runs.map((run) => toRow(run, screen.now));
  const isPartial = hasOlder && looked > runs.length;
  return [
    table(columns, rows, screen),
    ...(isPartial ? [screen.paint("dim", `Found ${searched}.`)] : []),
  ].join("\n");
};

const toRow = (run: RunSummary, now: number): Row => ({
  cells: [
    run.id,
    { text: run.state, style: styleOf(run.state) },
    String(run.attempts),
    run.startedAt && run.endedAt ? took(Date.parse(run.endedAt) - Date.parse(run.startedAt)) : "",
    when(run, now),
  ],
  note:
    run.reason ??
    (run.state === "retry" && run.error ? `${run.error.name}: ${run.error.message}` : undefined),
});

const when = ({ endedAt, nextAttemptAt, startedAt, dueAt }: RunSummary, now: number): string => {
  if (endedAt !== undefined) return relative(endedAt, now);
  if (nextAttemptAt === undefined) return `started ${relative(startedAt ?? dueAt, now)}`;
  return Date.parse(nextAttemptAt) > now
    ? relative(nextAttemptAt, now)
    : `due ${relative(nextAttemptAt, now)}`;
};
