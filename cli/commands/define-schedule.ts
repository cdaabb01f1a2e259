import { type Command, Option } from "commander";
import { withoutUndefined } from "../../shared/core/without-undefined.ts";
import { UsageError } from "../problem.ts";
import { count } from "../terminal/count.ts";
import { answer, type CliIo } from "../terminal/io.ts";
import { viewChanged } from "./changed-schedule.ts";
import { inputHelp, readInput } from "./read-input.ts";

export const addDefine = (schedules: Command, io: CliIo): void => {
  addCreate(schedules, io);
  addEdit(schedules, io);
};

const addCreate = (schedules: Command, io: CliIo): void => {
  const create = schedules
    .command("create")
    .description("Make a schedule at run time.")
    .argument("<name>", "lower-case words joined by hyphens")
    .requiredOption("--job <name>", "what runs")
    .requiredOption("--rule <rule>", ruleHelp, several)
    .addOption(
      new Option("--past <choice>", "if its last time is over (default: refuse)").choices([
        "refuse",
        "run-now",
      ]),
    );
  withOptions(create, { count, usual: (text) => ` (default: ${text})` }).action(
    async (name: string, options: DefineOptions, command: Command) => {
      const { scheduleCreate } = await import("../../shared/operations/schedules/define-schedule.ts");
      const input = await toInput(name, options, io);
      await answer(io, command, { operation: scheduleCreate, input, view: viewChanged("Created") });
    },
  );
};

const addEdit = (schedules: Command, io: CliIo): void => {
  const edit = schedules
    .command("edit")
    .description(`Change one that was made at run time; what is left out stays, "${none}" takes away.`)
    .argument("<name>", "as `schedules list` shows it")
    .option("--job <name>", "what runs")
    .option("--rule <rule>", ruleHelp, several);
  withOptions(edit, { count: countOrNone, usual: () => "" }).action(
    async (name: string, options: DefineOptions, command: Command) => {
      requireChange(options, command);
      const { scheduleEdit } = await import("../../shared/operations/schedules/define-schedule.ts");
      const input = noneToNull(await toInput(name, options, io));
      await answer(io, command, { operation: scheduleEdit, input, view: viewChanged("Changed") });
    },
  );
};

const ruleHelp =
  '"0 3 * * *", "every 30 seconds", "at 2027-01-01T00:00:00Z", "rate(5 minutes)", …; given twice, either';

/** An option that may be given more than once. */
const several = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

interface Manner {
  readonly count: (text: string) => number | typeof none;
  /** What help says of a default. An edit has none: there, what is left out stays. */
  readonly usual: (text: string) => string;
}

/** Words are checked by the operation: its schemas would slow down a call for help. */
const withOptions = (command: Command, { count, usual }: Manner): Command =>
  command
    .option("--tz, --zone <zone>", `on whose clocks, such as Europe/Madrid${usual("UTC")}`)
    .option("--except <date>", "not on this day, such as 2027-12-25; may be given more than once", several)
    .option("--gap <policy>", "times that the clocks jump over: run-after-gap, skip")
    .option("--overlap-dst <policy>", "times that the clocks show twice: first, second, both")
    .option("--start <instant>", "the first instant that counts")
    .option("--end <instant>", "the first instant that no longer counts")
    .option("--allow-never", "take a rule that is never due")
    .option("--input <json>", inputHelp)
    .option("--catch-up <policy>", `what was missed: none, latest, all${usual("latest")}`)
    .option("--catch-up-window <duration>", `nothing older${usual('"7 days"')}`)
    .option("--catch-up-limit <count>", `with all: the newest so many${usual("1000")}`, count)
    .option("--overlap <policy>", `allow, skip, buffer-one, cancel-running, cancel-new${usual("allow")}`)
    .option("--jitter <duration>", "start up to so much later")
    .option("--pause-after-deaths <count>", "pause when so many runs in a row have died", count)
    .option("--min-interval <duration>", "skip what is due sooner after the last");

interface DefineOptions {
  readonly input?: string;
  readonly gap?: string;
  readonly overlapDst?: string;
  readonly allowNever?: true;
}

/** @throws UsageError when an edit has nothing to change: to allow a rule that is never due changes none. */
const requireChange = ({ allowNever: _, ...changes }: DefineOptions, { options }: Command): void => {
  if (Object.keys(changes).length > 0) return;
  const flags = options.map(({ long }) => long).filter((flag) => flag !== "--allow-never");
  throw new UsageError(`edit: expected something to change, got nothing; give one of ${flags.join(", ")}`);
};

const none = "none";

const countOrNone = (text: string): number | typeof none => (text === none ? none : count(text));

const isNone = (value: unknown): boolean => value === none || isOnly(value);

/** One of a list, or of a choice with two sides. */
const isOnly = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.values(value).every((one) => one === none);

/** What an edit takes away is null there. Of what was missed, to catch up on none is a policy. */
const noneToNull = (input: object): object =>
  Object.fromEntries(
    Object.entries(input).map(([field, value]) => [
      field,
      isNone(value) && field !== "catchUp" ? null : value,
    ]),
  );

/** What the operation takes; whatever has the same name there is passed on as it is. */
const toInput = async (name: string, options: DefineOptions, io: CliIo): Promise<object> => {
  const { input: text, gap, overlapDst: overlap, ...rest } = options;
  const dst = withoutUndefined({ gap, overlap });
  return {
    name,
    ...rest,
    ...(Object.keys(dst).length > 0 && { dst }),
    ...(text !== undefined && { input: await readInput(text, io) }),
  };
};
