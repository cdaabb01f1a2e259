import { type Command, InvalidArgumentError, Option } from "commander";
import { NotFoundError } from "../../shared/core/errors.ts";
import type { Registry } from "../../shared/core/jobs/registry.ts";
import type { DstPolicy } from "../../shared/core/rules/cron/dst.ts";
import type { Subject } from "../../shared/core/rules/explain/subject.ts";
import { withoutUndefined } from "../../shared/core/without-undefined.ts";
import { reportOf } from "../problem.ts";
import { painter } from "../terminal/color.ts";
import { type CliIo, type GlobalOptions, runOperation } from "../terminal/io.ts";

interface ExplainOptions {
  readonly tz?: string;
  readonly count: number;
  readonly from?: string;
  readonly gap?: DstPolicy["gap"];
  readonly overlapDst?: DstPolicy["overlap"];
}

/** Needs no pipeline, neither AWS nor `millrace dev`, except for a schedule created at run time. */
export const addExplain = (schedules: Command, io: CliIo): void => {
  schedules
    .command("explain")
    .description("Explain when a rule or schedule fires and what it costs.")
    .argument("<rule>", 'such as "30 2 * * *", "cron(0 12 ? * 2 *)", "every 30 seconds", or a schedule name')
    .option("--zone, --tz <zone>", "time zone, such as Europe/Madrid (default: the schedule's own, or UTC)")
    .option("--count <count>", "number of occurrences to show", count, 5)
    .option("--from <instant>", "start at this instant, such as 2027-01-01T00:00:00Z (default: now)")
    .addOption(new Option("--gap <policy>", "try another DST gap policy").choices(["run-after-gap", "skip"]))
    .addOption(
      new Option("--overlap-dst <policy>", "try another DST overlap policy").choices([
        "first",
        "second",
        "both",
      ]),
    )
    .action(async (text: string, options: ExplainOptions, command: Command) => {
      const { viewExplanation } = await import("./explain-view.ts");
      const subject = await subjectOf(text, options.tz, jobsLoader(io, command));
      if (!subject) return await explainFromPipeline(text, options, { io, command });
      const { explainSubject } = await import("../../shared/core/rules/explain/subject.ts");
      const { count, tz: zone, from } = options;
      const question = {
        count,
        zone,
        from: (await instantOf(from)) ?? Date.now(),
        dst: dstOf(options),
        timeZoneRelease: process.versions["tz"],
      };
      const explained = explainSubject(subject, question);
      const screen = { columns: io.columns, paint: painter(io.isColored) };
      const isJson = command.optsWithGlobals<GlobalOptions>().json;
      io.out(isJson ? JSON.stringify(explained, null, 2) : viewExplanation(explained, screen));
    });
};

/** The same limit as one plan of the dispatcher. */
const maxShown = 100;

const count = (text: string): number => {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= maxShown) return Number(text);
  throw new InvalidArgumentError(`Expected 1 to ${maxShown}.`);
};

/** A rule, or a schedule from the code. Undefined: it may be a schedule created at run time. */
const subjectOf = async (
  text: string,
  zone: string | undefined,
  loadJobs: LoadJobs,
): Promise<Subject | undefined> => {
  const { isScheduleName } = await import("../../shared/core/rules/explain/subject.ts");
  if (!isScheduleName(text)) {
    const { parseRule } = await import("../../shared/core/rules/cron/parse-rule.ts");
    return { rule: parseRule(text, zone) };
  }
  const schedule = (await loadJobs()).schedules.get(text);
  return schedule && { rule: schedule.rule, schedule: { ...schedule, job: schedule.job.name } };
};

type LoadJobs = () => Promise<Registry>;

const jobsLoader =
  (io: CliIo, command: Command): LoadJobs =>
  () =>
    io.loadJobs(command.optsWithGlobals<GlobalOptions>().jobs);

const dstOf = ({ gap, overlapDst }: ExplainOptions): Partial<DstPolicy> => ({
  ...(gap && { gap }),
  ...(overlapDst && { overlap: overlapDst }),
});

const instantOf = async (text: string | undefined): Promise<number | undefined> => {
  if (text === undefined) return undefined;
  const { wholeSecondMs } = await import("../../shared/core/rules/cron/instant.ts");
  return wholeSecondMs(text, "--from");
};

const explainFromPipeline = async (
  about: string,
  options: ExplainOptions,
  { io, command }: { readonly io: CliIo; readonly command: Command },
): Promise<void> => {
  const [{ scheduleExplain }, { viewExplanation }, { schedules }] = await Promise.all([
    import("../../shared/operations/schedules/explain-schedule.ts"),
    import("./explain-view.ts"),
    jobsLoader(io, command)(),
  ]);
  const { count, tz: zone } = options;
  const from = await instantOf(options.from);
  const dst = dstOf(options);
  const input = withoutUndefined({
    about,
    count,
    zone,
    ...(from !== undefined && { from: new Date(from).toISOString() }),
    ...(Object.keys(dst).length > 0 && { dst }),
  });
  const connect: CliIo["connect"] = (wanted) =>
    io.connect(wanted).catch((problem: unknown) => {
      throw notFound(about, [...schedules.keys()], problem);
    });
  await runOperation({ ...io, connect }, command, {
    operation: scheduleExplain,
    input,
    view: viewExplanation,
  });
};

const notFound = (name: string, schedules: readonly string[], problem: unknown): NotFoundError => {
  const reason = `your jobs have ${schedules.join(", ") || "none"}, and schedules created at run time cannot be read: ${reportOf(problem).message}`;
  return new NotFoundError(
    { kind: "schedule", name, reason, remedy: 'quote a rule, such as "30 2 * * *"' },
    { cause: problem },
  );
};
