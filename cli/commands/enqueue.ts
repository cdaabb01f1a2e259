import { type Command, Option } from "commander";
import { laneNames } from "../../shared/core/lane.ts";
import type { Enqueued } from "../../shared/pipeline/enqueue/enqueue.ts";
import { type CliIo, runOperation, type Terminal } from "../terminal/io.ts";
import { printable } from "../terminal/printable.ts";
import { inputHelp, readInput } from "./read-input.ts";

export const addEnqueue = (program: Command, io: CliIo): void => {
  program
    .command("enqueue")
    .description("Enqueue one run of a job.")
    .argument("<job>", "name of the job")
    .option("--input <json>", inputHelp)
    .option("--key <key>", "idempotency key: repeating it creates no second run")
    .option("--delay <duration>", 'run after this time, such as "10 minutes"')
    .option("--at <instant>", "run at this instant, such as 2027-01-01T00:00:00Z")
    .addOption(new Option("--priority <lane>", "lane (default: the job's own)").choices(laneNames))
    .option("--tenant <name>", "owner of the work: a busy tenant delays no other")
    .option("--expires-in <duration>", "expire when no attempt has started this long after it is due")
    .action(async (job: string, { input: text, ...options }: { input?: string }, command: Command) => {
      const input = text === undefined ? undefined : await readInput(text, io);
      const { runEnqueue } = await import("../../shared/operations/runs/enqueue-run.ts");
      await runOperation(io, command, { operation: runEnqueue, input: { job, input, ...options }, view });
    });
};

const view = ({ id, isNew, state }: Enqueued, { paint }: Terminal): string => {
  const run = paint("bold", id);
  if (isNew) return `Enqueued ${run}`;
  if (state !== "dead") return `Already enqueued with this key: ${run} (${state})`;
  return [
    `Not enqueued: the run with this key is dead: ${run}`,
    `Inspect: millrace runs show ${printable(id)}`,
    `Retry:   millrace runs retry ${printable(id)}`,
  ].join("\n");
};
