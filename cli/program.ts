import { readFileSync } from "node:fs";
import { Command, CommanderError, Help } from "commander";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addDev } from "./commands/dev.ts";
import { addEnqueue } from "./commands/enqueue.ts";
import { addInit } from "./commands/init.ts";
import { addLanes } from "./commands/lanes.ts";
import { addRuns } from "./commands/runs.ts";
import { addSchedules } from "./commands/schedules.ts";
import { commandTerms } from "./flags.ts";
import type { PipelineName } from "./pipeline-name.ts";
import { exitCodeOf, reportOf } from "./problem.ts";
import { painter } from "./terminal/color.ts";
import type { CliIo } from "./terminal/io.ts";

/** Runs one command. @returns the exit code; never throws */
export const runCli = async (args: readonly string[], io: CliIo): Promise<number> => {
  // Not from the parsed options: parsing itself may fail.
  const isJson = args.includes("--json");
  let pipeline: PipelineName | undefined;
  const connect: CliIo["connect"] = async (options) => {
    const connection = await io.connect(options);
    pipeline = connection.pipeline;
    return connection;
  };
  const program = createProgram({ ...io, connect }, isJson);
  let typed = program;
  program.hook("preAction", (_, command) => {
    typed = command;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (problem) {
    const code = exitCodeOf(problem);
    // Commander has already printed its own errors, and help is not an error.
    const isPrinted = code === 0 || (problem instanceof CommanderError && !isJson);
    const error = reportOf(problem, commandTerms(typed));
    if (!isPrinted)
      io.err(isJson ? JSON.stringify({ pipeline, error }, null, 2) : `millrace: ${error.message}`);
    return code;
  }
};

/** Defines the commands. A test compares them with docs/cli.md. */
export const createProgram = (io: CliIo, isJson: boolean): Command => {
  const program = new Command("millrace")
    .description("Inspect a Millrace pipeline, enqueue runs, and manage schedules.")
    .version(version(), "-V, --version", "show the version of Millrace")
    .option("--stage <name>", "such as prod; else MILLRACE_STAGE, or millrace dev's")
    .option("--jobs <path>", "the folder of your jobs, instead of jobs")
    .option("--json", "print JSON")
    .helpOption("-h, --help", "show help for millrace or a command")
    .exitOverride()
    .showHelpAfterError("Run with --help for usage.")
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => isJson || io.err(text.trimEnd()),
    })
    .configureHelp(helpOf(io))
    .helpCommand(false)
    .addHelpText("after", examples);
  addInit(program, io);
  addDev(program, io);
  addRuns(program, io);
  addEnqueue(program, io);
  addSchedules(program, io);
  addLanes(program, io);
  addDeadLetters(program, io);
  return program;
};

const version = (): string => {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version: current }: { version: string } = JSON.parse(text);
  return current;
};

const helpOf = ({ isColored }: CliIo): Partial<Help> => ({
  showGlobalOptions: true,
  styleTitle: (title) => painter(isColored)("bold", title),
  subcommandTerm: termOf,
  formatHelp: (command, help) => {
    const withLeaves: Help = Object.create(help);
    withLeaves.visibleCommands = leavesOf;
    return Help.prototype.formatHelp.call(withLeaves, command, withLeaves);
  },
});

/** Help lists the commands that do something, with their arguments, and no command that is only a group. */
const leavesOf = ({ commands }: Command): Command[] =>
  commands.flatMap((command) => (command.commands.length > 0 ? leavesOf(command) : command));

const termOf = (command: Command): string => {
  const group = command.parent?.parent ? [command.parent.name()] : [];
  return [
    ...group,
    command.name(),
    ...command.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    ),
  ].join(" ");
};

const examples = `
Examples:
  millrace runs list --state dead
  millrace runs retry --job weather-report
  millrace runs show heartbeat:heartbeat@2027-01-01T00:00:30Z
  millrace enqueue weather-report --input '{"year":2015}' --delay "10 minutes"
  millrace schedules list --stage prod
  millrace schedules pause weather --until "2 hours" --reason "storm"
`;
