import type { Command } from "commander";
import type { ListedRuns } from "../../shared/operations/runs/list-runs.ts";
import type { RunSummary } from "../../shared/operations/runs/run-view.ts";
import { styleOf } from "../terminal/color.ts";
import { count } from "../terminal/count.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { isTooWide, type Row, table } from "../terminal/table.ts";
import { relative, took } from "../terminal/time.ts";
import { addChangeRun } from "./change-run.ts";
import { addRetry } from "./retry-runs.ts";
import { viewRun } from "./show-run.ts";

interface ListOptions {
  readonly stage?: string | undefined;
  readonly job?: string;
  readonly state?: string;
  readonly limit?: number;
}

export const addRuns = (program: Command, io: CliIo): void => {
  const runs = program.command("runs").description("Inspect, cancel, reschedule and retry runs.");
  runs
    .command("list")
    .description("List runs, newest first.")
    .option("--job <name>", "only runs of this job")
    .option("--state <state>", "queued, parked, retry, running, succeeded, dead, cancelled or expired")
    .option("--limit <count>", "maximum number to list, up to 200 (default: 20)", count)
    .option("--cursor <text>", "next page, as printed by the page before")
    .option("--wide", "do not shorten ids")
    .action(async ({ wide, ...input }: ListOptions & { wide?: true }, command: Command) => {
      const { runList } = await import("../../shared/operations/runs/list-runs.ts");
      const { stage } = command.optsWithGlobals<ListOptions>();
      const view = viewRuns({ ...input, stage }, wide ? Number.POSITIVE_INFINITY : io.columns);
      await runOperation(io, command, { operation: runList, input, view });
    });
  runs
    .command("show")
    .description("Show one run with its input, result and attempts.")
    .argument("<id>", "as `runs list` shows it")
    .action(async (id: string, _options: object, command: Command) => {
      const { runShow } = await import("../../shared/operations/runs/show-run.ts");
      await runOperation(io, command, { operation: runShow, input: { id }, view: viewRun });
    });
  addChangeRun(runs, io);
  addRetry(runs, io);
};

const columns = [
  { title: "RUN", shrinks: "middle" },
  { title: "CREATED" },
  { title: "STATE" },
  { title: "TOOK", align: "right" },
] as const;

const viewRuns =
  (options: ListOptions, columnsOfScreen: number) =>
  ({ runs, scanned, nextCursor }: ListedRuns, screen: Terminal): string => {
    const older = nextCursor === undefined ? [] : [nextCommand(options, nextCursor)];
    if (runs.length === 0) return [noneFound(scanned, nextCursor !== undefined), ...older].join("\n");
    const rows = runs.map((run) => toRow(run, screen.now));
    const isShortened = isTooWide(columns, rows, columnsOfScreen);
    return [
      table(columns, rows, { ...screen, columns: columnsOfScreen }),
      ...(scanned > runs.length ? [`Searched ${scanned} runs.`] : []),
      ...(isShortened ? ["Ids are shortened to fit the screen; --wide shows them in full."] : []),
      ...older,
    ]
      .map((line, i) => (i === 0 ? line : screen.paint("dim", line)))
      .join("\n");
  };

const noneFound = (scanned: number, hasOlder: boolean): string => {
  if (scanned === 0) return "There are no runs yet.";
  return hasOlder ? `No match among ${scanned} runs.` : `No match among all ${scanned} runs.`;
};

/** The command for the next page, ready to paste. */
const nextCommand = ({ job, state, limit, stage }: ListOptions, cursor: string): string => {
  const flags = Object.entries({ stage, job, state, limit, cursor })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name} ${value}`);
  return `Older: millrace runs list ${flags.join(" ")}`;
};

const toRow = (run: RunSummary, now: number): Row => ({
  cells: [
    run.id,
    relative(run.createdAt, now),
    { text: stateOf(run, now), style: styleOf(run.state) },
    run.startedAt && run.endedAt ? took(Date.parse(run.endedAt) - Date.parse(run.startedAt)) : "",
  ],
  note:
    run.reason ??
    (run.state === "retry" && run.error ? `${run.error.name}: ${run.error.message}` : undefined),
});

/** The state, the time of the next attempt and the number of attempts: `succeeded`, `retry in 12 s`, `dead x3`. */
const stateOf = ({ state, nextAttemptAt, attempts }: RunSummary, now: number): string => {
  const isToCome = nextAttemptAt !== undefined && Date.parse(nextAttemptAt) > now;
  return [state, isToCome ? relative(nextAttemptAt, now) : "", attempts > 1 ? `x${attempts}` : ""]
    .filter(Boolean)
    .join(" ");
};
