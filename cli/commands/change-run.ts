import type { Command } from "commander";
import type { RunCancelled } from "../../shared/operations/runs/change-run.ts";
import type { RunSummary } from "../../shared/operations/runs/run-view.ts";
import { answer, type CliIo, type Terminal } from "../terminal/io.ts";
import { printable } from "../terminal/printable.ts";
import { clock, relative } from "../terminal/time.ts";

export const addChangeRun = (runs: Command, io: CliIo): void => {
  runs
    .command("cancel")
    .description("Cancel a run that waits or is running.")
    .argument("<id>", "as `runs list` shows it")
    .option("--reason <text>", "why: it is kept with the run")
    .action(async (id: string, options: object, command: Command) => {
      const { runCancel } = await import("../../shared/operations/runs/change-run.ts");
      await answer(io, command, { operation: runCancel, input: { id, ...options }, view: viewCancelled });
    });
  runs
    .command("retime")
    .description("Reschedule a waiting run.")
    .argument("<id>", "as `runs list` shows it")
    .option("--at <instant>", "such as 2027-01-01T00:00:00Z; past: at once")
    .option("--delay <duration>", 'from now, such as "10 minutes"')
    .action(async (id: string, options: object, command: Command) => {
      const { runRetime } = await import("../../shared/operations/runs/change-run.ts");
      await answer(io, command, { operation: runRetime, input: { id, ...options }, view: viewRetimed });
    });
};

const viewCancelled = ({ outcome, run }: RunCancelled, { paint }: Terminal): string => {
  const id = paint("bold", printable(run.id));
  switch (outcome) {
    case "cancelled":
      return `Cancelled ${id}: it will not run.`;
    case "asked":
      return `Asked ${id} to stop: it is running, and its signal is aborted within seconds.`;
    case "had-ended":
      return `${id} already ended (${run.state}); nothing changed.`;
  }
};

const viewRetimed = ({ id, dueAt }: RunSummary, { paint, now }: Terminal): string =>
  `Next try of ${paint("bold", printable(id))}: ${clock(dueAt)}, ${relative(dueAt, now)}.`;
