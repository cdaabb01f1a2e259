import type { Command } from "commander";
import type { ShownSchedule } from "../shared/pipeline/operations/schedule-view.ts";
import type { ListedSchedules } from "../shared/pipeline/operations/schedules.ts";
import { ruleOf } from "./changed-schedule.ts";
import { addControl } from "./control-schedule.ts";
import { count } from "./count.ts";
import { addDefine } from "./define-schedule.ts";
import { addExplain } from "./explain.ts";
import { answer, type Io, type Screen } from "./io.ts";
import { addLedger } from "./schedule-ledger.ts";
import { viewSchedule } from "./show-schedule.ts";
import { type Cell, table } from "./table.ts";
import { clock, relative, upcoming } from "./time.ts";

export const addSchedules = (program: Command, io: Io): void => {
  const schedules = program.command("schedules").description("Look at schedules, and change them.");
  addLooks(schedules, io);
  addExplain(schedules, io);
  addLedger(schedules, io);
  addDefine(schedules, io);
  addControl(schedules, io);
};

const countHelp = "so many next times (default: 2)";

const addLooks = (schedules: Command, io: Io): void => {
  schedules
    .command("list")
    .description("List schedules with their next times.")
    .option("--count <count>", countHelp, count)
    .action(async (input: object, command: Command) => {
      const { listSchedules } = await import("../shared/pipeline/operations/schedules.ts");
      await answer(io, command, { operation: listSchedules, input, view: viewSchedules });
    });
  schedules
    .command("show")
    .description("Show one with its rule, policy and input.")
    .argument("<name>", "as `schedules list` shows it")
    .option("--count <count>", countHelp, count)
    .action(async (name: string, options: object, command: Command) => {
      const { scheduleShow } = await import("../shared/pipeline/operations/schedules.ts");
      const input = { name, ...options };
      await answer(io, command, { operation: scheduleShow, input, view: viewSchedule });
    });
};

const columns = [
  { title: "SCHEDULE" },
  { title: "RULE" },
  { title: "JOB" },
  { title: "NEXT" },
  { title: "" },
] as const;

const viewSchedules = ({ schedules }: ListedSchedules, screen: Screen): string => {
  if (schedules.length === 0) return "There are no schedules.";
  return table(
    columns,
    schedules.map((schedule) => ({ cells: cellsOf(schedule, screen.now) })),
    screen,
  );
};

const cellsOf = (schedule: ShownSchedule, now: number): readonly (string | Cell)[] => {
  const { name, job, state, next, pausedFor = "", pausedUntil } = schedule;
  const known = [name, ruleOf(schedule), job];
  if (state === "paused") {
    const on = pausedUntil === undefined ? "" : `; goes on ${relative(pausedUntil, now)}`;
    return [...known, { text: "paused", style: "yellow" }, `${pausedFor}${on}`];
  }
  const [first] = next;
  const isNew = state === "new" ? " (not deployed yet)" : "";
  return [...known, first === undefined ? "" : clock(first), `${upcoming(next, now)}${isNew}`];
};
