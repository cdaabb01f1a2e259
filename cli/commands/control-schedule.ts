import type { Command } from "commander";
import type {
  ScheduleBackfilled,
  ScheduleTriggered,
} from "../../shared/operations/schedules/control-schedule.ts";
import type { ScheduleChanged } from "../../shared/operations/schedules/schedule-change.ts";
import type { PipelineContext } from "../../shared/pipeline/context.ts";
import { count } from "../terminal/count.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { clock } from "../terminal/time.ts";
import { nextLines, viewChanged } from "./changed-schedule.ts";

const load = () => import("../../shared/operations/schedules/control-schedule.ts");
const listed = "as `schedules list` shows it";

export const addControl = (schedules: Command, io: CliIo): void => {
  addPause(schedules, io);
  addRuns(schedules, io);
  schedules
    .command("delete")
    .description("Delete a schedule created at run time.")
    .argument("<name>", listed)
    .action(async (name: string, _options: object, command: Command) => {
      const { scheduleDelete } = await load();
      await runOperation(io, command, {
        operation: scheduleDelete,
        input: { name },
        view: viewChanged("Deleted"),
      });
    });
};

const addPause = (schedules: Command, io: CliIo): void => {
  schedules
    .command("pause")
    .description("Pause a schedule.")
    .argument("<name>", listed)
    .option("--until <moment>", 'resume automatically: at 2027-01-01T00:00:00Z, or after "2 hours"')
    .option("--reason <text>", "shown in lists and in the ledger")
    .action(async (name: string, options: object, command: Command) => {
      const { schedulePause } = await load();
      const input = { name, ...options };
      await runOperation(io, command, { operation: schedulePause, input, view: viewChanged("Paused") });
    });
  schedules
    .command("resume")
    .description("Resume a paused schedule.")
    .argument("<name>", listed)
    .action(async (name: string, _options: object, command: Command) => {
      const operation = await resume();
      await runOperation(io, command, { operation, input: { name }, view: viewResumed });
    });
};

/** Reads the state first: resuming an active schedule does nothing and returns the same result. */
const resume = async () => {
  const [{ scheduleResume }, { scheduleShow }] = await Promise.all([
    load(),
    import("../../shared/operations/schedules/schedules.ts"),
  ]);
  const run = async (input: { readonly name: string }, context: PipelineContext): Promise<Resumed> => {
    const { state } = await scheduleShow.run({ ...input, count: 1 }, context);
    return { wasPaused: state === "paused", ...(await scheduleResume.run(input, context)) };
  };
  return { ...scheduleResume, run };
};

interface Resumed extends ScheduleChanged {
  readonly wasPaused: boolean;
}

const viewResumed = ({ wasPaused, ...changed }: Resumed, screen: Terminal): string =>
  wasPaused
    ? viewChanged("Resumed")(changed, screen)
    : [
        `${screen.paint("bold", changed.schedule.name)} was not paused; nothing changed.`,
        ...nextLines(changed.schedule, screen),
      ].join("\n");

const addRuns = (schedules: Command, io: CliIo): void => {
  schedules
    .command("trigger")
    .description("Run a schedule's job with its input now.")
    .argument("<name>", listed)
    .option("--key <key>", "idempotency key: repeating it creates no second run")
    .action(async (name: string, options: object, command: Command) => {
      const { scheduleTrigger } = await load();
      const input = { name, ...options };
      await runOperation(io, command, { operation: scheduleTrigger, input, view: viewTriggered });
    });
  schedules
    .command("backfill")
    .description("Run missed occurrences of a past range.")
    .argument("<name>", listed)
    .requiredOption("--from <instant>", "start of the range, such as 2027-01-01T00:00:00Z")
    .requiredOption("--until <instant>", "end of the range, not included; at most now")
    .option("--limit <count>", "maximum number of occurrences to check (default: 1000)", count)
    .action(async (name: string, options: object, command: Command) => {
      const { scheduleBackfill } = await load();
      const input = { name, ...options };
      await runOperation(io, command, { operation: scheduleBackfill, input, view: viewBackfilled });
    });
};

const viewTriggered = ({ id, isNew, schedule }: ScheduleTriggered, screen: Terminal): string => {
  const run = screen.paint("bold", id);
  return [
    isNew ? `Enqueued ${run}; the schedule is unchanged.` : `Already enqueued with this key: ${run}`,
    ...nextLines(schedule, screen),
  ].join("\n");
};

const viewBackfilled = ({ made, kept, failed, nextFrom, overlap }: ScheduleBackfilled): string => {
  const [first, last] = [made[0], made.at(-1)];
  const range = first && last ? `, from ${clock(first)} to ${clock(last)}` : "";
  return [
    `Created ${runs(made.length)}${range}.`,
    ...(kept > 0 ? [`Skipped ${kept} that already existed.`] : []),
    ...(failed > 0 ? [`Could not write ${runs(failed)}; run the command again.`] : []),
    ...(overlap !== "allow" && made.length > 1
      ? [`Overlap policy ${overlap}: they do not run concurrently.`]
      : []),
    ...(nextFrom === undefined ? [] : [`More are left: continue with --from ${nextFrom}.`]),
  ].join("\n");
};

const runs = (count: number): string => `${count} ${count === 1 ? "run" : "runs"}`;
