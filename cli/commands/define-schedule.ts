import { type Command, Option } from "commander";
import { policyOptionList } from "../../shared/core/schedules/policy-options.ts";
import { withoutUndefined } from "../../shared/core/without-undefined.ts";
import { kebab } from "../flags.ts";
import { UsageError } from "../problem.ts";
import { count } from "../terminal/count.ts";
import { type CliIo, runOperation } from "../terminal/io.ts";
import { viewChanged } from "./changed-schedule.ts";
import { inputHelp, readInput } from "./read-input.ts";

export const addDefine = (schedules: Command, io: CliIo): void => {
  addCreate(schedules, io);
  addEdit(schedules, io);
};

const addCreate = (schedules: Command, io: CliIo): void => {
  const create = schedules
    .command("create")
    .description("Create a schedule at run time.")
    .argument("<name>", "lowercase words joined by hyphens")
    .requiredOption("--job <name>", "the job to run")
    .requiredOption("--rule <rule>", ruleHelp, collect)
    .addOption(
      new Option("--if-past <choice>", "when all its occurrences are past (default: refuse)").choices([
        "refuse",
        "run-now",
      ]),
    );
  withOptions(create, { count, defaultText: (text) => ` (default: ${text})` }).action(
    async (name: string, options: DefineOptions, command: Command) => {
      const { scheduleCreate } = await import("../../shared/operations/schedules/define-schedule.ts");
      const input = await toInput(name, options, io);
      await runOperation(io, command, { operation: scheduleCreate, input, view: viewChanged("Created") });
    },
  );
};

const addEdit = (schedules: Command, io: CliIo): void => {
  const edit = schedules
    .command("edit")
    .description(`Change a schedule created at run time; "${none}" clears an option.`)
    .argument("<name>", "as `schedules list` shows it")
    .option("--job <name>", "the job to run")
    .option("--rule <rule>", ruleHelp, collect);
  withOptions(edit, { count: countOrNone, defaultText: () => "" }).action(
    async (name: string, options: DefineOptions, command: Command) => {
      requireChange(options, command);
      const { scheduleEdit } = await import("../../shared/operations/schedules/define-schedule.ts");
      const input = noneToNull(await toInput(name, options, io));
      await runOperation(io, command, { operation: scheduleEdit, input, view: viewChanged("Changed") });
    },
  );
};

const ruleHelp =
  '"0 3 * * *", "every 30 seconds", "at 2027-01-01T00:00:00Z", "rate(5 minutes)", …; repeat to combine';

/** Collects the values of an option that may be repeated. */
const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

interface OptionVariant {
  readonly count: (text: string) => number | typeof none;
  /** How help shows a default. `edit` has none: it keeps the options that are left out. */
  readonly defaultText: (text: string) => string;
}

/** The operation checks the values: loading its schemas here would slow down `--help`. */
const withOptions = (command: Command, variant: OptionVariant): Command =>
  withPolicyOptions(withRuleOptions(command, variant), variant);

const withRuleOptions = (command: Command, { defaultText }: OptionVariant): Command =>
  command
    .option("--tz, --zone <zone>", `time zone, such as Europe/Madrid${defaultText("UTC")}`)
    .option("--except <date>", "skip this day, such as 2027-12-25; repeatable", collect)
    .option("--gap <policy>", "times that the clocks skip: run-after-gap, skip")
    .option("--overlap-dst <policy>", "times that occur twice: first, second, both")
    .option("--start <instant>", "no occurrence before this instant")
    .option("--end <instant>", "no occurrence at or after this instant")
    .option("--allow-never", "accept a rule that never fires")
    .option("--input <json>", inputHelp);

/** One flag for each option of the policy. */
const withPolicyOptions = (command: Command, { count, defaultText }: OptionVariant): Command => {
  for (const option of policyOptionList) {
    const text = option.default === undefined ? "" : defaultText(shellText(option.default));
    const flag = `--${kebab(option.name)}`;
    if (option.kind === "count") command.option(`${flag} <count>`, `${option.help}${text}`, count);
    else if (option.kind === "duration") command.option(`${flag} <duration>`, `${option.help}${text}`);
    else command.option(`${flag} <policy>`, `${option.help}: ${option.choices.join(", ")}${text}`);
  }
  return command;
};

/** A value as it is typed: a duration needs quotes. */
const shellText = (value: string | number): string =>
  / /.test(String(value)) ? `"${value}"` : String(value);

interface DefineOptions {
  readonly input?: string;
  readonly gap?: string;
  readonly overlapDst?: string;
  readonly allowNever?: true;
}

/** @throws UsageError when an edit changes nothing; `--allow-never` alone changes nothing */
const requireChange = ({ allowNever: _, ...changes }: DefineOptions, { options }: Command): void => {
  if (Object.keys(changes).length > 0) return;
  const flags = options.map(({ long }) => long).filter((flag) => flag !== "--allow-never");
  throw new UsageError(`edit: expected at least one change, got none; give one of ${flags.join(", ")}`);
};

const none = "none";

const countOrNone = (text: string): number | typeof none => (text === none ? none : count(text));

const isNone = (value: unknown): boolean => value === none || areAllNone(value);

/** Whether all values of a list or an object are "none". */
const areAllNone = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.values(value).every((one) => one === none);

/** Replaces "none" by null, which clears an option. `catchUp` is left alone: there, "none" is a policy. */
const noneToNull = (input: object): object =>
  Object.fromEntries(
    Object.entries(input).map(([field, value]) => [
      field,
      isNone(value) && field !== "catchUp" ? null : value,
    ]),
  );

/** Builds the operation's input. Options of the same name are passed through. */
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
