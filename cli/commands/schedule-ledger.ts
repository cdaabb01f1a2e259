import type { Command } from "commander";
import type { HistoryLine, ScheduleHistory } from "../../shared/operations/schedules/schedule-ledger.ts";
import { count } from "../terminal/count.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { type Cell, type Row, table } from "../terminal/table.ts";
import { clock, took } from "../terminal/time.ts";
import { addAudit } from "./schedule-audit.ts";

export const addLedger = (schedules: Command, io: CliIo): void => {
  schedules
    .command("history")
    .description("Show past occurrences with their outcomes.")
    .argument("<name>", "as `schedules list` shows it")
    .option("--limit <count>", "maximum number to list (default: 20)", count)
    .action(async (name: string, options: object, command: Command) => {
      const { scheduleHistory } = await import("../../shared/operations/schedules/schedule-ledger.ts");
      const input = { name, ...options };
      await runOperation(io, command, { operation: scheduleHistory, input, view: viewHistory });
    });
  addAudit(schedules, io);
};

const outcomes: Readonly<Record<HistoryLine["outcome"], Cell>> = {
  fired: { text: "fired", style: "green" },
  "caught-up": { text: "caught up", style: "yellow" },
  sent: { text: "sent", style: "cyan" },
  cancelled: { text: "cancelled", style: "dim" },
  expired: { text: "expired", style: "dim" },
  skipped: { text: "skipped", style: "dim" },
};

const historyColumns = [
  { title: "DUE" },
  { title: "OUTCOME" },
  { title: "LATE", align: "right" },
  { title: "RUN OR REASON", shrinks: "end" },
] as const;

const viewHistory = ({ times }: ScheduleHistory, screen: Terminal): string => {
  if (times.length === 0) return "No occurrence has been due yet.";
  return table(historyColumns, times.map(historyRow), screen);
};

const historyRow = (line: HistoryLine): Row => {
  const known = [clock(line.at), outcomes[line.outcome]];
  if (line.outcome === "skipped") return { cells: [...known, "", line.reason] };
  if (line.outcome === "sent") return { cells: [...known, "", line.run] };
  if (!("firedAt" in line)) return { cells: [...known, "", line.run], note: line.reason };
  const late = line.lateMs > 0 ? took(line.lateMs) : "";
  const outcome = line.state === undefined || line.state === "succeeded" ? "" : ` (${line.state})`;
  return { cells: [...known, late, `${line.run}${outcome}`] };
};
