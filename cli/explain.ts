import { type Command, InvalidArgumentError, Option } from "commander";
import type { DstPolicy } from "../shared/core/cron/dst.ts";
import { DefinitionError, NotFoundError } from "../shared/core/errors.ts";
import type { Rule } from "../shared/core/rule.ts";
import type { Schedule } from "../shared/core/schedule.ts";
import type { Explained } from "./explain-view.ts";
import type { Io } from "./io.ts";
import { painter } from "./paint.ts";
import { UsageError } from "./problem.ts";

interface ExplainOptions {
  readonly tz?: string;
  readonly count: number;
  readonly from?: string;
  readonly gap?: DstPolicy["gap"];
  readonly overlapDst?: DstPolicy["overlap"];
}

/** The one command that asks no pipeline: it needs neither AWS nor `npm start`. */
export const addExplain = (schedules: Command, io: Io): void => {
  schedules
    .command("explain")
    .description("Say what a rule or schedule will do.")
    .argument(
      "<rule>",
      'such as "30 2 * * *", "cron(0 12 ? * 2 *)", "every 30 seconds"; or a schedule of jobs/schedules.ts',
    )
    .option(
      "--zone, --tz <zone>",
      "on whose clocks, such as Europe/Madrid (default: the schedule's own, or UTC)",
    )
    .option("--count <count>", "so many next times", count, 5)
    .option("--from <instant>", "look from this instant on, such as 2027-01-01T00:00:00Z (default: now)")
    .addOption(new Option("--gap <policy>", "try another DST gap policy").choices(["run-after-gap", "skip"]))
    .addOption(
      new Option("--overlap-dst <policy>", "try another DST overlap policy").choices([
        "first",
        "second",
        "both",
      ]),
    )
    .action(async (text: string, options: ExplainOptions, command: Command) => {
      const explained = await explainText(text, options);
      const { viewExplanation } = await import("./explain-view.ts");
      const screen = { columns: io.columns, paint: painter(io.isColoured) };
      const isJson = command.optsWithGlobals<{ readonly json?: true }>().json;
      io.out(isJson ? JSON.stringify(explained, null, 2) : viewExplanation(explained, screen));
    });
};

/** As many as one plan of the dispatcher holds. */
const mostShown = 100;

const count = (text: string): number => {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= mostShown) return Number(text);
  throw new InvalidArgumentError(`Expected 1 to ${mostShown}.`);
};

const explainText = async (text: string, options: ExplainOptions): Promise<Explained> => {
  const from = await instantOf(options.from);
  const schedule = isName(text) ? await scheduleNamed(text) : undefined;
  try {
    const { explain } = await import("../shared/core/explain/explain.ts");
    const rule = withChoice(schedule?.rule ?? (await ruleOf(text, options.tz)), options);
    const explained = explain(rule, { from, count: options.count, zone: options.tz, schedule });
    return { ...(schedule && { schedule: schedule.name, job: schedule.job.name }), ...explained };
  } catch (problem) {
    throw problem instanceof DefinitionError ? new Error(problem.message, { cause: problem }) : problem;
  }
};

const instantOf = async (text: string | undefined): Promise<number> => {
  if (text === undefined) return Date.now();
  const { wholeSecondMs } = await import("../shared/core/cron/instant.ts");
  return wholeSecondMs(text, "--from");
};

/** Every rule has a blank, a bracket or an `@`. */
const isName = (text: string): boolean => /^[\w-]{1,64}$/.test(text);

const scheduleNamed = async (name: string): Promise<Schedule> => {
  const schedules = await loadSchedules();
  const schedule = schedules.find((one) => one.name === name);
  if (schedule) return schedule;
  const names = schedules.map((one) => one.name).join(", ") || "none";
  throw new NotFoundError(
    `there is no schedule "${name}" in jobs/schedules.ts, which has ${names}; a rule is quoted, such as "30 2 * * *"`,
  );
};

const loadSchedules = async (): Promise<readonly Schedule[]> => {
  try {
    return (await import("../jobs/schedules.ts")).schedules;
  } catch (error) {
    throw new Error(`jobs/schedules.ts cannot be loaded: ${String(error)}`, { cause: error });
  }
};

const ruleOf = async (text: string, zone: string | undefined): Promise<Rule> => {
  const { parseRule } = await import("../shared/core/cron/parse-rule.ts");
  return parseRule(text, zone);
};

/** The rule under the DST policy that is tried. Of a combined rule nobody can say which part is meant. */
const withChoice = (rule: Rule, { gap, overlapDst }: ExplainOptions): Rule => {
  const choice = { ...(gap && { gap }), ...(overlapDst && { overlap: overlapDst }) };
  if (Object.keys(choice).length === 0) return rule;
  if ("withDst" in rule && typeof rule.withDst === "function") return rule.withDst(choice);
  throw new UsageError(`--${gap ? "gap" : "overlap-dst"}: expected one cron expression, got "${rule.text}"`);
};
