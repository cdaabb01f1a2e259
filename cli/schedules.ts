import type { Command } from "commander";
import type { HistoryEntry, ListedSchedule } from "../shared/pipeline/operations/schedules.ts";
import { addExplain } from "./explain.ts";
import { answer, type Io, type Screen } from "./io.ts";
import { count } from "./runs.ts";
import { table } from "./table.ts";
import { clock, relative, upcoming } from "./time.ts";

export const addSchedules = (program: Command, io: Io): void => {
  const schedules = program.command("schedules").description("Look at schedules.");
  schedules
    .command("list")
    .description("List schedules with their next times.")
    .option("--count <count>", "so many next times (default: 2)", count)
    .action(async (input: object, command: Command) => {
      const { listSchedules } = await import("../shared/pipeline/operations/schedules.ts");
      await answer(io, command, { operation: listSchedules, input, view: viewSchedules });
    });
  schedules
    .command("history")
    .description("Show what became of a schedule's times.")
    .argument("<name>", "as `schedules list` shows it")
    .option("--limit <count>", "at most so many (default: 20)", count)
    .action(async (name: string, options: object, command: Command) => {
      const { scheduleHistory } = await import("../shared/pipeline/operations/schedules.ts");
      await answer(io, command, {
        operation: scheduleHistory,
        input: { name, ...options },
        view: viewHistory,
      });
    });
  addExplain(schedules, io);
};

const columns = [
  { title: "SCHEDULE" },
  { title: "RULE" },
  { title: "JOB" },
  { title: "NEXT" },
  { title: "" },
] as const;

const viewSchedules = (
  { schedules }: { readonly schedules: readonly ListedSchedule[] },
  screen: Screen,
): string => {
  if (schedules.length === 0) return "There are no schedules.";
  return table(
    columns,
    schedules.map((schedule) => ({ cells: cellsOf(schedule, screen.now) })),
    screen,
  );
};

const cellsOf = ({ name, job, state, next, ...schedule }: ListedSchedule, now: number) => {
  const rule = [schedule.rule, schedule.zone].filter(Boolean).join(" ");
  if (state === "paused") return [name, rule, job, { text: "paused", style: "yellow" as const }, ""];
  const [first] = next;
  const isNew = state === "new" ? " (not deployed yet)" : "";
  return [name, rule, job, first === undefined ? "" : clock(first), `${upcoming(next, now)}${isNew}`];
};

const historyColumns = [
  { title: "PLANNED" },
  { title: "" },
  { title: "RUNS", align: "right" },
  { title: "FROM" },
] as const;

const viewHistory = ({ entries }: { readonly entries: readonly HistoryEntry[] }, screen: Screen): string => {
  if (entries.length === 0) return "Nothing was due yet.";
  const rows = entries.map(({ plannedAt, fired, skipped }) => ({
    cells: [
      clock(plannedAt),
      relative(plannedAt, screen.now),
      String(fired.length),
      fired[0] ? clock(fired[0]) : "",
    ],
    note:
      skipped &&
      `${skipped.count} skipped from ${clock(skipped.from)} to ${clock(skipped.to)}: ${skipped.reason}`,
  }));
  return table(historyColumns, rows, screen);
};
