import type { Command } from "commander";
import type { RunCancelled } from "../../shared/operations/runs/change-run.ts";
import type { RunSummary } from "../../shared/operations/runs/run-view.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { printable } from "../terminal/printable.ts";
import { clock, relative } from "../terminal/time.ts";

export const addChangeRun = (runs: Command, io: CliIo): void => {
  runs
    .command("cancel")
    .description("Cancel a waiting or running run.")
    .argument("<id>", "as `runs list` shows it")
    .option("--reason <text>", "stored with the run")
    .action(async (id: string, options: object, command: Command) => {
      const { runCancel } = await import("../../shared/operations/runs/change-run.ts");
      await runOperation(io, command, {
        operation: runCancel,
        input: { id, ...options },
        view: viewCancelled,
      });
    });
  runs
    .command("reschedule")
    .description("Reschedule a waiting run.")
    .argument("<id>", "as `runs list` shows it")
    .option("--at <instant>", "such as 2027-01-01T00:00:00Z; in the past: now")
    .option("--delay <duration>", 'from now, such as "10 minutes"')
    .action(async (id: string, options: object, command: Command) => {
      const { runReschedule } = await import("../../shared/operations/runs/change-run.ts");
      await runOperation(io, command, {
        operation: runReschedule,
        input: { id, ...options },
        view: viewRescheduled,
      });
    });
};

const viewCancelled = ({ outcome, run }: RunCancelled, { paint }: Terminal): string => {
  const id = paint("bold", printable(run.id));
  switch (outcome) {
    case "cancelled":
      return `Cancelled ${id}: it will not run.`;
    case "requested":
      return `Cancelling ${id}: it is running; its signal is aborted within seconds.`;
    case "already-ended":
      return `${id} already ended (${run.state}); nothing changed.`;
  }
};

const viewRescheduled = ({ id, dueAt }: RunSummary, { paint, now }: Terminal): string =>
  `Next attempt of ${paint("bold", printable(id))}: ${clock(dueAt)}, ${relative(dueAt, now)}.`;
