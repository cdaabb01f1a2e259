import type { Command } from "commander";
import { withoutUndefined } from "../../shared/core/without-undefined.ts";
import type { AuditedSchedule, ScheduleAudit } from "../../shared/operations/schedules/schedule-ledger.ts";
import { CliError, UsageError } from "../problem.ts";
import { answer, type CliIo, type Terminal } from "../terminal/io.ts";
import { type Cell, type Row, table } from "../terminal/table.ts";
import { clock } from "../terminal/time.ts";

export const addAudit = (schedules: Command, io: CliIo): void => {
  schedules
    .command("audit")
    .description("Check that every due time is in the ledger.")
    .argument("[name]", "only this schedule")
    .option("--from <instant>", "such as 2027-01-01T00:00:00Z (default: a day before until)")
    .option("--until <instant>", "not included (default: now)")
    .action(async (name: string | undefined, asked: Asked, command: Command) => {
      refuseBackwards(asked);
      const { scheduleAudit } = await import("../../shared/operations/schedules/schedule-ledger.ts");
      const input = withoutUndefined({ name, ...asked });
      failOnMissing(
        await answer(untilNow(io, asked), command, {
          operation: scheduleAudit,
          input,
          view: viewAudit(asked),
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

/** The range as it was typed. */
interface Asked {
  readonly from?: string;
  readonly until?: string;
}

/** @throws UsageError when there is nothing between the ends: an audit of nothing would find no holes. */
const refuseBackwards = ({ from, until }: Asked, now?: string): void => {
  const end = until ?? now;
  if (from === undefined || end === undefined || !(Date.parse(from) >= Date.parse(end))) return;
  const word = until === undefined ? "now" : "--until";
  throw new UsageError(
    `--from: expected an instant before ${word}, ${end}, got ${from}; choose an earlier one`,
  );
};

/** What is now, the pipeline says. */
const untilNow = (io: CliIo, asked: Asked): CliIo => ({
  ...io,
  connect: async (wanted) => {
    const connection = await io.connect(wanted);
    refuseBackwards(asked, new Date(connection.context.ports.clock.now()).toISOString());
    return connection;
  },
});

const viewAudit =
  (asked: Asked) =>
  ({ schedules }: ScheduleAudit, screen: Terminal): string => {
    if (schedules.length === 0) return "There are no schedules.";
    return [
      table(auditColumns, schedules.map(auditRow), screen),
      ...schedules.flatMap((audited) => [...laterOf(audited, asked), ...holesOf(audited)]),
    ].join("\n");
  };

/** Of the time before an edit the rule as it is now says nothing. */
const laterOf = (audited: AuditedSchedule, { from = "" }: Asked): readonly string[] =>
  "from" in audited && Date.parse(audited.from) > Date.parse(from)
    ? [`${audited.name}: audited from ${clock(audited.from)} on: its rule is known only since then`]
    : [];

const auditRow = (audited: AuditedSchedule): Row => {
  if ("problem" in audited)
    return { cells: [audited.name], note: `not audited: ${reasonUnauditable(audited)}` };
  const { name, from, until, due, fired, skipped, missing, unexpected } = audited;
  const held: Cell = { text: String(missing.length), style: missing.length > 0 ? "red" : "green" };
  const note =
    unexpected.length === 0
      ? undefined
      : `${unexpected.length} fired outside the current rule, such as ${clock(unexpected[0] ?? "")}`;
  return {
    cells: [name, clock(from), clock(until), String(due), String(fired), String(skipped), held],
    note,
  };
};

type NotAudited = Extract<AuditedSchedule, { problem: string }>;

/** No fault of the ledger: the times of such a rule depend on when its runs ended. */
const isExempt = ({ code }: NotAudited): boolean => code === "not-recomputable";

const reasonUnauditable = (audited: NotAudited): string =>
  isExempt(audited) ? "its rule counts from the end of each run; see its history" : audited.problem;

const maxListed = 20;

const holesOf = (audited: AuditedSchedule): readonly string[] => {
  if ("problem" in audited) return [];
  const { name, missing } = audited;
  const more = missing.length - maxListed;
  return [
    ...missing.slice(0, maxListed).map((at) => `${name}: no ledger entry for ${clock(at)}`),
    ...(more > 0 ? [`${name}: nor for ${more} more; --json lists them all`] : []),
  ];
};

/** @throws Error, for the exit code, when a ledger has holes, or could not be read. */
const failOnMissing = ({ schedules }: ScheduleAudit): void => {
  const torn = schedules.filter((audited) =>
    "problem" in audited ? !isExempt(audited) : audited.missing.length > 0,
  );
  if (torn.length > 0)
    throw new CliError("check-failed", `audit failed: ${torn.map(({ name }) => name).join(", ")}`);
};
