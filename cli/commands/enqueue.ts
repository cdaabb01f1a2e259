import { type Command, Option } from "commander";
import { laneNames } from "../../shared/core/lane.ts";
import type { Enqueued } from "../../shared/pipeline/enqueue/enqueue.ts";
import { answer, type CliIo, type Terminal } from "../terminal/io.ts";
import { printable } from "../terminal/printable.ts";
import { inputHelp, readInput } from "./read-input.ts";

export const addEnqueue = (program: Command, io: CliIo): void => {
  program
    .command("enqueue")
    .description("Enqueue one run of a job.")
    .argument("<job>", "its name")
    .option("--input <json>", inputHelp)
    .option("--key <key>", "the same key and input make one run, however often they are sent")
    .option("--delay <duration>", 'not before this long from now, such as "10 minutes"')
    .option("--at <instant>", "not before this instant, such as 2027-01-01T00:00:00Z")
    .addOption(new Option("--priority <lane>", "another lane than the job's own").choices(laneNames))
    .option("--tenant <name>", "whose work it is: a busy tenant holds up no other")
    .option("--expires-in <duration>", "give up if no attempt has started this long after it is due")
    .action(async (job: string, { input: text, ...options }: { input?: string }, command: Command) => {
      const input = text === undefined ? undefined : await readInput(text, io);
      const { enqueueRun } = await import("../../shared/operations/runs/enqueue-run.ts");
      await answer(io, command, { operation: enqueueRun, input: { job, input, ...options }, view });
    });
};

const view = ({ id, isNew, state }: Enqueued, { paint }: Terminal): string => {
  const run = paint("bold", id);
  if (isNew) return `Enqueued ${run}`;
  if (state !== "dead") return `Already enqueued with this key: ${run} (${state})`;
  return [
    `Not enqueued: the run with this key is dead: ${run}`,
    `See why:   millrace runs show ${printable(id)}`,
    `Try again: millrace runs retry ${printable(id)}`,
  ].join("\n");
};
