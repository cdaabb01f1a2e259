import { type Command, Option } from "commander";
import { laneNames } from "../../shared/core/lane.ts";
import type {
  DiscardedDeadLetters,
  ListedDeadLetters,
  ShownDeadLetter,
  WholeDeadLetter,
} from "../../shared/operations/runs/dead-letters.ts";
import { UsageError } from "../problem.ts";
import { styleOf } from "../terminal/color.ts";
import { count } from "../terminal/count.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { page } from "../terminal/page.ts";
import { printable } from "../terminal/printable.ts";
import { type Cell, table } from "../terminal/table.ts";
import { clock, relative } from "../terminal/time.ts";

const load = () => import("../../shared/operations/runs/dead-letters.ts");
const laneOption = () => new Option("--lane <lane>", "only this lane").choices(laneNames);

export const addDeadLetters = (program: Command, io: CliIo): void => {
  const deadLetters = program.command("dead-letters").description("Inspect and delete dead letters.");
  addListAndShow(deadLetters, io);
  addDiscard(deadLetters, io);
};

const addListAndShow = (deadLetters: Command, io: CliIo): void => {
  deadLetters
    .command("list")
    .description("List dead runs and refused messages.")
    .addOption(laneOption())
    .addOption(new Option("--kind <kind>", "only this kind").choices(["dead", "stale", "refused", "unread"]))
    .option("--limit <count>", "maximum number to list (default: 20)", count)
    .action(async (input: object, command: Command) => {
      const { deadLetterList } = await load();
      await runOperation(io, command, { operation: deadLetterList, input, view: viewList });
    });
  deadLetters
    .command("show")
    .description("Show a dead letter and the state of its run.")
    .argument("<message-id>", "as `dead-letters list` shows it")
    .addOption(laneOption())
    .action(async (messageId: string, options: object, command: Command) => {
      const { deadLetterShow } = await load();
      const input = { messageId, ...options };
      await runOperation(io, command, { operation: deadLetterShow, input, view: viewOne });
    });
};

interface DiscardOptions {
  readonly lane?: string;
  readonly kind?: string;
  readonly yes?: true;
}

const addDiscard = (deadLetters: Command, io: CliIo): void => {
  deadLetters
    .command("discard")
    .description("Delete dead letters; their runs stay in the table.")
    .argument("[message-id...]", "as `dead-letters list` shows them")
    .addOption(
      new Option("--kind <kind>", "instead of ids: all of this kind").choices([
        "dead",
        "stale",
        "refused",
        "all",
      ]),
    )
    .addOption(laneOption())
    .option("--yes", "delete them; without it, only count them")
    .action(async (messageIds: readonly string[], options: DiscardOptions, command: Command) => {
      const { kind, yes, ...rest } = options;
      if (messageIds.length > 0 === (kind !== undefined)) {
        const got = kind === undefined ? "neither" : "both";
        throw new UsageError(`expected message ids or --kind, got ${got}; give one of them`);
      }
      const { deadLetterDiscard } = await load();
      const input = { ...rest, ...(kind === undefined ? { messageIds } : { kind }), isDryRun: !yes };
      await runOperation(io, command, { operation: deadLetterDiscard, input, view: viewDiscarded });
    });
};

const columns = [
  { title: "MESSAGE" },
  { title: "LANE" },
  { title: "KIND" },
  { title: "RUN STATE" },
  { title: "SENT" },
] as const;

const viewList = ({ deadLetters, total }: ListedDeadLetters, screen: Terminal): string => {
  if (deadLetters.length === 0)
    return total === 0 ? "There are no dead letters." : `No match among about ${total} dead letters.`;
  const rows = deadLetters.map((one) => ({ cells: cellsOf(one, screen.now), note: notesOf(one, screen) }));
  const isPartial = deadLetters.length < total;
  return [
    table(columns, rows, screen),
    ...(isPartial ? [screen.paint("dim", `Showing ${deadLetters.length} of about ${total}.`)] : []),
  ].join("\n");
};

const cellsOf = (
  { messageId, lane, kind, runState, sentAt }: ShownDeadLetter,
  now: number,
): readonly (string | Cell)[] => [
  messageId,
  lane,
  { text: kind, style: kind === "refused" ? "red" : "dim" },
  runState === undefined ? "" : { text: runState, style: styleOf(runState) },
  relative(sentAt, now),
];

/** The body is shown only where there is no run. */
const notesOf = (
  { run, runState, reason, body }: ShownDeadLetter,
  { columns: width }: Terminal,
): readonly string[] => [
  ...(runState !== undefined && run !== undefined ? [run] : []),
  reason ?? "moved by SQS; the sweeper checks it within a minute",
  ...(runState === undefined ? inLines(printable(body), width - 2) : []),
];

const inLines = (text: string, width: number): readonly string[] =>
  Number.isFinite(width) ? (text.match(new RegExp(`.{1,${Math.max(20, width)}}`, "gu")) ?? []) : [text];

const viewOne = (one: WholeDeadLetter, screen: Terminal): string => {
  const { messageId, lane, kind, sentAt, reason, runId, run, body } = one;
  const { paint, now } = screen;
  const state = run && paint(styleOf(run.state), run.state);
  return page(
    `${paint("bold", messageId)}  ${kind}`,
    [
      ["lane", lane],
      ["sent", `${clock(sentAt)}  ${relative(sentAt, now)}`],
      ["reason", reason && printable(reason)],
      ["run", runId && printable(runId)],
      ["run state", runId && (state ?? "not in the table")],
      ["next", run?.state === "dead" ? `millrace runs retry ${printable(run.id)}` : undefined],
      ["body", printable(body)],
    ],
    screen,
  );
};

const viewDiscarded = ({ found, isDryRun, byKind, left }: DiscardedDeadLetters, _: Terminal): string => {
  if (found === 0) return `No matching dead letter; about ${left} are on the queues.`;
  const kinds = Object.entries(byKind)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
  return isDryRun
    ? `Nothing was changed. Repeat with --yes to delete ${kinds}.`
    : `Deleted ${kinds}; about ${left} are left.`;
};
