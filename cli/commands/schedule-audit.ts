import type { Command } from "commander";
import { withoutUndefined } from "../../shared/core/without-undefined.ts";
import type { AuditedSchedule, ScheduleAudit } from "../../shared/operations/schedules/schedule-ledger.ts";
import { CliError, UsageError } from "../problem.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { type Cell, type Row, table } from "../terminal/table.ts";
import { clock } from "../terminal/time.ts";

export const addAudit = (schedules: Command, io: CliIo): void => {
  schedules
    .command("audit")
    .description("Check that every due occurrence is in the ledger.")
    .argument("[name]", "only this schedule")
    .option("--from <instant>", "start, such as 2027-01-01T00:00:00Z (default: a day before the end)")
    .option("--until <instant>", "end, not included (default: now)")
    .action(async (name: string | undefined, range: AuditRange, command: Command) => {
      checkOrder(range);
      const { scheduleAudit } = await import("../../shared/operations/schedules/schedule-ledger.ts");
      const input = withoutUndefined({ name, ...range });
      failOnMissing(
        await runOperation(checkedOnConnect(io, range), command, {
          operation: scheduleAudit,
          input,
          view: viewAudit(range),
        }),
      );
    });
};

const auditColumns = [
  { title: "SCHEDULE" },
  { title: "FROM" },
  { title: "UNTIL" },
  { title: "DUE", align: "right" },
  { title: "FIRED", align: "right" },
  { title: "SKIPPED", align: "right" },
  { title: "MISSING", align: "right" },
] as const;

/** The range given on the command line. */
interface AuditRange {
  readonly from?: string;
  readonly until?: string;
}

/** @throws UsageError for an empty range, whose audit would always pass */
const checkOrder = ({ from, until }: AuditRange, now?: string): void => {
  const end = until ?? now;
  if (from === undefined || end === undefined || !(Date.parse(from) >= Date.parse(end))) return;
  const bound = until === undefined ? "now" : "--until";
  throw new UsageError(
    `--from: expected an instant before ${bound}, ${end}, got ${from}; choose an earlier one`,
  );
};

/** Checks the range again once the pipeline's clock is known. */
const checkedOnConnect = (io: CliIo, range: AuditRange): CliIo => ({
  ...io,
  connect: async (wanted) => {
    const connection = await io.connect(wanted);
    checkOrder(range, new Date(connection.context.ports.clock.now()).toISOString());
    return connection;
  },
});

const viewAudit =
  (range: AuditRange) =>
  ({ schedules }: ScheduleAudit, screen: Terminal): string => {
    if (schedules.length === 0) return "There are no schedules.";
    return [
      table(auditColumns, schedules.map(auditRow), screen),
      ...schedules.flatMap((audited) => [...lateStartLines(audited, range), ...missingLines(audited)]),
    ].join("\n");
  };

/** Reports a later start than requested: the current rule does not cover the time before an edit. */
const lateStartLines = (audited: AuditedSchedule, { from = "" }: AuditRange): readonly string[] =>
  "from" in audited && Date.parse(audited.from) > Date.parse(from)
    ? [`${audited.name}: audited only from ${clock(audited.from)}, when its current rule began`]
    : [];

const auditRow = (audited: AuditedSchedule): Row => {
  if ("problem" in audited)
    return { cells: [audited.name], note: `not audited: ${reasonUnauditable(audited)}` };
  const { name, from, until, due, fired, skipped, missing, unexpected } = audited;
  const missingCount: Cell = { text: String(missing.length), style: missing.length > 0 ? "red" : "green" };
  const note =
    unexpected.length === 0
      ? undefined
      : `${unexpected.length} fired outside the current rule, such as ${clock(unexpected[0] ?? "")}`;
  return {
    cells: [name, clock(from), clock(until), String(due), String(fired), String(skipped), missingCount],
    note,
  };
};

type NotAudited = Extract<AuditedSchedule, { problem: string }>;

/** Not a ledger problem: the times of such a rule depend on when its runs ended. */
const isExempt = ({ code }: NotAudited): boolean => code === "not-recomputable";

const reasonUnauditable = (audited: NotAudited): string =>
  isExempt(audited) ? "its rule counts from the end of each run; see its history" : audited.problem;

const maxListed = 20;

const missingLines = (audited: AuditedSchedule): readonly string[] => {
  if ("problem" in audited) return [];
  const { name, missing } = audited;
  const more = missing.length - maxListed;
  return [
    ...missing.slice(0, maxListed).map((at) => `${name}: no ledger entry for ${clock(at)}`),
    ...(more > 0 ? [`${name}: and ${more} more; --json lists them all`] : []),
  ];
};

/** @throws CliError, for the exit code, when entries are missing or a ledger could not be read */
const failOnMissing = ({ schedules }: ScheduleAudit): void => {
  const incomplete = schedules.filter((audited) =>
    "problem" in audited ? !isExempt(audited) : audited.missing.length > 0,
  );
  if (incomplete.length > 0)
    throw new CliError("check-failed", `audit failed for ${incomplete.map(({ name }) => name).join(", ")}`);
};
