import type { Job } from "../jobs/job.ts";
import { jsonText } from "../json.ts";
import type { LaneName } from "../lane.ts";
import { excessOf, inputTextOf } from "./input.ts";
import type { Message } from "./message.ts";
import { newRun } from "./new-run.ts";
import { type Run, type RunIn, retentionMs } from "./run.ts";

/** A message that has no row, as it came from its queue. */
export interface Orphan {
  readonly message: Message;
  readonly id: string;
  readonly lane: LaneName;
  /** When it was sent, if the queue says so. */
  readonly sentAt?: number | undefined;
}

export type Adoption =
  | {
      readonly run: RunIn<"queued"> | RunIn<"parked">;
      /** The input's JSON text. It is stored before the row when the row says so (`inputStored`). */
      readonly input: string | undefined;
    }
  | { readonly refused: string };

/**
 * The row that a message's sender did not write, or why there can be none.
 * @param jobs those that this deployment has, by name
 */
export const adoption = (orphan: Orphan, jobs: ReadonlyMap<string, Job>, now: number): Adoption => {
  const { message, id, lane } = orphan;
  const sentAt = message.sentAt ?? orphan.sentAt ?? now;
  const job = jobs.get(message.job);
  if (!job) {
    return {
      refused: `expected the name of a job (${[...jobs.keys()].join(", ")}), got ${JSON.stringify(message.job)}`,
    };
  }
  if (now - sentAt > retentionMs) {
    // Its row may have been there and gone: a run that has ended must not start again.
    return {
      refused: `expected a message younger than the rows it could be a copy of, got one from ${new Date(sentAt).toISOString()}`,
    };
  }
  const input = textOf(message, job);
  const excess = input === undefined ? undefined : excessOf(input);
  if (excess !== undefined) return { refused: `input: ${excess}` };
  return { run: rowOf({ message, id, lane }, input, now), input };
};

/** The JSON text of a message's input, as its job takes it. */
export const textOf = ({ input }: Message, job: Job | undefined): string | undefined => {
  const text = jsonText(input);
  return job ? inputTextOf(job, text) : text;
};

/**
 * Why a message cannot be a copy of a row's: the sender's key was used before, with another input. `enqueue` answers a
 * ConflictError to that.
 * @param inputHash of the message's input
 */
export const conflict = (row: Run, message: Message, inputHash: string): string | undefined =>
  message.id === undefined && row.schedule === undefined && row.inputHash !== inputHash
    ? `expected the input that the key was first used with, or a new key, got another input: run "${row.id}" exists`
    : undefined;

const rowOf = ({ message, id, lane }: Orphan, input: string | undefined, now: number) => {
  const { job, tenant, schedule, chainDepth, trace, dueAt = now, generation = 1, stored } = message;
  const key = id.slice(job.length + 1);
  const row = newRun({ job, key, lane, input, dueAt, now, tenant, schedule, chainDepth, trace });
  return { ...row, generation: generation, ...(stored && { inputStored: stored }) };
};
