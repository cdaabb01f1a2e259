import type { Command } from "commander";
import type {
  AuditedSchedule,
  HistoryLine,
  ScheduleAudit,
  ScheduleHistory,
} from "../shared/pipeline/operations/schedule-ledger.ts";
import { answer, type Io, type Screen } from "./io.ts";
import { count } from "./runs.ts";
import { type Cell, type Row, table } from "./table.ts";
import { clock, took } from "./time.ts";

export const addLedger = (schedules: Command, io: Io): void => {
  schedules
    .command("history")
    .description("Show what became of a schedule's times.")
    .argument("<name>", "as `schedules list` shows it")
    .option("--limit <count>", "at most so many (default: 20)", count)
    .action(async (name: string, options: object, command: Command) => {
      const { scheduleHistory } = await import("../shared/pipeline/operations/schedule-ledger.ts");
      const input = { name, ...options };
      await answer(io, command, { operation: scheduleHistory, input, view: viewHistory });
    });
  schedules
    .command("audit")
    .description("Find times of which nobody says what became.")
    .argument("[name]", "only this schedule")
    .option("--from <instant>", "such as 2027-01-01T00:00:00Z (default: a day before until)")
    .option("--until <instant>", "not included (default: now)")
    .action(async (name: string | undefined, options: object, command: Command) => {
      const { scheduleAudit } = await import("../shared/pipeline/operations/schedule-ledger.ts");
      const input = { ...(name !== undefined && { name }), ...options };
      refuseHoles(await answer(io, command, { operation: scheduleAudit, input, view: viewAudit }));
    });
};

const fates: Readonly<Record<HistoryLine["fate"], Cell>> = {
  fired: { text: "fired", style: "green" },
  "caught-up": { text: "caught up", style: "yellow" },
  sent: { text: "sent", style: "cyan" },
  cancelled: { text: "cancelled", style: "dim" },
  expired: { text: "expired", style: "dim" },
  skipped: { text: "skipped", style: "dim" },
};

const historyColumns = [
  { title: "DUE" },
  { title: "FATE" },
  { title: "FIRED" },
  { title: "LATE", align: "right" },
  { title: "RUN, OR WHY NOT" },
] as const;

const viewHistory = ({ times }: ScheduleHistory, screen: Screen): string => {
  if (times.length === 0) return "Nothing was due yet.";
  return table(historyColumns, times.map(historyRow), screen);
};

const historyRow = (line: HistoryLine): Row => {
  const known = [clock(line.at), fates[line.fate]];
  if (line.fate === "skipped") return { cells: [...known, "", "", line.reason] };
  if (line.fate === "sent") return { cells: [...known, "", "", line.run] };
  if (!("firedAt" in line)) return { cells: [...known, "", "", `${line.run}: ${line.reason}`] };
  const late = line.lateMs > 0 ? took(line.lateMs) : "";
  const outcome = line.state === undefined || line.state === "succeeded" ? "" : ` (${line.state})`;
  return { cells: [...known, clock(line.firedAt), late, `${line.run}${outcome}`] };
};

const auditColumns = [
  { title: "SCHEDULE" },
  { title: "FROM" },
  { title: "UNTIL" },
  { title: "DUE", align: "right" },
  { title: "FIRED", align: "right" },
  { title: "SKIPPED", align: "right" },
  { title: "HOLES", align: "right" },
] as const;

const viewAudit = ({ schedules }: ScheduleAudit, screen: Screen): string => {
  if (schedules.length === 0) return "There are no schedules.";
  return [table(auditColumns, schedules.map(auditRow), screen), ...schedules.flatMap(holesOf)].join("\n");
};

const auditRow = (audited: AuditedSchedule): Row => {
  if ("problem" in audited) return { cells: [audited.name], note: `not audited: ${audited.problem}` };
  const { name, from, until, due, fired, skipped, holes, strangers } = audited;
  const held: Cell = { text: String(holes.length), style: holes.length > 0 ? "red" : "green" };
  const note =
    strangers.length === 0
      ? undefined
      : `${strangers.length} fired that the rule, as it is now, has not, such as ${clock(strangers[0] ?? "")}`;
  return {
    cells: [name, clock(from), clock(until), String(due), String(fired), String(skipped), held],
    note,
  };
};

const mostHoles = 20;

const holesOf = (audited: AuditedSchedule): readonly string[] => {
  if ("problem" in audited) return [];
  const { name, holes } = audited;
  const more = holes.length - mostHoles;
  return [
    ...holes.slice(0, mostHoles).map((at) => `${name}: nobody says what became of ${clock(at)}`),
    ...(more > 0 ? [`${name}: and of ${more} more; --json lists them all`] : []),
  ];
};

/** @throws Error, for the exit code, unless every ledger is whole. */
const refuseHoles = ({ schedules }: ScheduleAudit): void => {
  const torn = schedules.filter((audited) => "problem" in audited || audited.holes.length > 0);
  if (torn.length > 0)
    throw new Error(`the ledger is not proven whole: ${torn.map(({ name }) => name).join(", ")}`);
};
