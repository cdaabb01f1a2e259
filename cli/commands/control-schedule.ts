import type { Command } from "commander";
import type { OperationContext } from "../../shared/operations/operation.ts";
import type {
  ScheduleBackfilled,
  ScheduleTriggered,
} from "../../shared/operations/schedules/control-schedule.ts";
import type { ScheduleChanged } from "../../shared/operations/schedules/schedule-change.ts";
import { count } from "../terminal/count.ts";
import { answer, type CliIo, type Terminal } from "../terminal/io.ts";
import { clock } from "../terminal/time.ts";
import { nextLines, viewChanged } from "./changed-schedule.ts";

const load = () => import("../../shared/operations/schedules/control-schedule.ts");
const listed = "as `schedules list` shows it";

export const addControl = (schedules: Command, io: CliIo): void => {
  addPause(schedules, io);
  addRuns(schedules, io);
  schedules
    .command("delete")
    .description("Delete one that was made at run time.")
    .argument("<name>", listed)
    .action(async (name: string, _options: object, command: Command) => {
      const { scheduleDelete } = await load();
      await answer(io, command, { operation: scheduleDelete, input: { name }, view: viewChanged("Deleted") });
    });
};

const addPause = (schedules: Command, io: CliIo): void => {
  schedules
    .command("pause")
    .description("Pause a schedule.")
    .argument("<name>", listed)
    .option("--until <moment>", 'resume by itself then: 2027-01-01T00:00:00Z, or "2 hours"')
    .option("--reason <text>", "why: lists and ledger show it")
    .action(async (name: string, options: object, command: Command) => {
      const { schedulePause } = await load();
      const input = { name, ...options };
      await answer(io, command, { operation: schedulePause, input, view: viewChanged("Paused") });
    });
  schedules
    .command("resume")
    .description("Resume a paused schedule.")
    .argument("<name>", listed)
    .action(async (name: string, _options: object, command: Command) => {
      const operation = await resume();
      await answer(io, command, { operation, input: { name }, view: viewResumed });
    });
};

/** Resuming what is not paused does nothing, and its answer looks the same: so look first. */
const resume = async () => {
  const [{ scheduleResume }, { scheduleShow }] = await Promise.all([
    load(),
    import("../../shared/operations/schedules/schedules.ts"),
  ]);
  const run = async (input: { readonly name: string }, context: OperationContext): Promise<Resumed> => {
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
    .option("--key <key>", "the same key makes one run, however often it is sent")
    .action(async (name: string, options: object, command: Command) => {
      const { scheduleTrigger } = await load();
      const input = { name, ...options };
      await answer(io, command, { operation: scheduleTrigger, input, view: viewTriggered });
    });
  schedules
    .command("backfill")
    .description("Run what was missed in a range of the past.")
    .argument("<name>", listed)
    .requiredOption("--from <instant>", "the first that counts, such as 2027-01-01T00:00:00Z")
    .requiredOption("--until <instant>", "the first that no longer counts, now at the latest")
    .option("--most <count>", "look at so many times (default: 1000)", count)
    .action(async (name: string, options: object, command: Command) => {
      const { scheduleBackfill } = await load();
      const input = { name, ...options };
      await answer(io, command, { operation: scheduleBackfill, input, view: viewBackfilled });
    });
};

const viewTriggered = ({ id, isNew, schedule }: ScheduleTriggered, screen: Terminal): string => {
  const run = screen.paint("bold", id);
  return [
    isNew ? `Enqueued ${run}, beside the schedule.` : `Already enqueued with this key: ${run}`,
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
      ? [`Overlap is ${overlap}: they do not run beside one another.`]
      : []),
    ...(nextFrom === undefined ? [] : [`There are more: continue with --from ${nextFrom}.`]),
  ].join("\n");
};

const runs = (count: number): string => `${count} ${count === 1 ? "run" : "runs"}`;
