import type { Command } from "commander";
import type { ShownSchedule } from "../../shared/operations/schedules/schedule-view.ts";
import type { ListedSchedules } from "../../shared/operations/schedules/schedules.ts";
import { count } from "../terminal/count.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { type Cell, type Column, isTooWide, table } from "../terminal/table.ts";
import { clock, relative, upcoming } from "../terminal/time.ts";
import { ruleOf } from "./changed-schedule.ts";
import { addControl } from "./control-schedule.ts";
import { addDefine } from "./define-schedule.ts";
import { addExplain } from "./explain.ts";
import { addLedger } from "./schedule-ledger.ts";
import { viewSchedule } from "./show-schedule.ts";

export const addSchedules = (program: Command, io: CliIo): void => {
  const schedules = program.command("schedules").description("Inspect and change schedules.");
  addListAndShow(schedules, io);
  addExplain(schedules, io);
  addLedger(schedules, io);
  addDefine(schedules, io);
  addControl(schedules, io);
};

const countHelp = "number of next occurrences to show (default: 2)";

const addListAndShow = (schedules: Command, io: CliIo): void => {
  schedules
    .command("list")
    .description("List schedules with their next occurrences.")
    .option("--count <count>", countHelp, count)
    .action(async (input: object, command: Command) => {
      const { scheduleList } = await import("../../shared/operations/schedules/schedules.ts");
      await runOperation(io, command, { operation: scheduleList, input, view: viewSchedules });
    });
  schedules
    .command("show")
    .description("Show one schedule with its rule, policy and input.")
    .argument("<name>", "as `schedules list` shows it")
    .option("--count <count>", countHelp, count)
    .action(async (name: string, options: object, command: Command) => {
      const { scheduleShow } = await import("../../shared/operations/schedules/schedules.ts");
      const input = { name, ...options };
      await runOperation(io, command, { operation: scheduleShow, input, view: viewSchedule });
    });
};

const columns: readonly Column[] = [
  { title: "SCHEDULE" },
  { title: "RULE", shrinks: "end" },
  { title: "JOB", shrinks: "end" },
  { title: "NEXT" },
  { title: "", shrinks: "end" },
];

/** Without the column of instants, for narrow screens. `schedules show` has them. */
const narrowColumns: readonly Column[] = [...columns.slice(0, 3), { title: "NEXT", shrinks: "end" }];

const viewSchedules = ({ schedules }: ListedSchedules, screen: Terminal): string => {
  if (schedules.length === 0) return "There are no schedules.";
  const rows = schedules.map((schedule) => ({ cells: cellsOf(schedule, screen.now) }));
  if (!isTooWide(columns, rows, screen.columns)) return table(columns, rows, screen);
  const narrow = schedules.map((schedule) => ({ cells: narrowCells(schedule, screen.now) }));
  return table(narrowColumns, narrow, screen);
};

const cellsOf = (schedule: ShownSchedule, now: number): readonly (string | Cell)[] => {
  const { state, next } = schedule;
  const [first] = next;
  if (state === "paused") return [...known(schedule), paused, whyPaused(schedule, now)];
  return [...known(schedule), first === undefined ? "" : clock(first), whenNext(schedule, now)];
};

const narrowCells = (schedule: ShownSchedule, now: number): readonly (string | Cell)[] =>
  schedule.state === "paused"
    ? [...known(schedule), { ...paused, text: `paused: ${whyPaused(schedule, now)}` }]
    : [...known(schedule), whenNext(schedule, now)];

const known = (schedule: ShownSchedule): readonly string[] => [schedule.name, ruleOf(schedule), schedule.job];

const paused: Cell = { text: "paused", style: "yellow" };

const whyPaused = ({ pauseReason = "", pausedUntil }: ShownSchedule, now: number): string =>
  pausedUntil === undefined ? pauseReason : `${pauseReason}; resumes ${relative(pausedUntil, now)}`;

const whenNext = ({ next, state }: ShownSchedule, now: number): string =>
  `${upcoming(next, now)}${state === "new" ? " (not deployed yet)" : ""}`;
