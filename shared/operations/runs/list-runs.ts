import * as z from "zod";
import { decodeCursor, encodeCursor } from "../../core/cursor.ts";
import { NotFoundError } from "../../core/errors.ts";
import { type Run, runSchema } from "../../core/runs/run.ts";
import type { PipelineContext } from "../../pipeline/context.ts";
import { newestFirst } from "../newest-first.ts";
import { defineOperation } from "../operation.ts";
import { type RunSummary, summaryOf } from "./run-view.ts";

const states = runSchema.options.map(({ shape }) => shape.state.value);

export interface ListedRuns {
  readonly runs: readonly RunSummary[];
  /** Runs that were read to find these. */
  readonly scanned: number;
  /** By which the next page of older runs is asked for. Absent when there are none. */
  readonly nextCursor?: string;
}

const position = z.object({ createdAt: z.number(), dueAt: z.number(), id: z.string() });

export const runList = defineOperation({
  name: "runs.list",
  description: "List runs, newest first.",
  readOnly: true,
  input: z.object({
    job: z.string().exactOptional(),
    state: z.enum(states).exactOptional(),
    limit: z.int().min(1).max(200).default(20),
    /** As the page before has answered it. Give the same job and state with it. */
    cursor: z.string().exactOptional(),
  }),
  async run({ job, state, limit, cursor }, context): Promise<ListedRuns> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, position);
    const jobs = await jobsOf(context, job);
    const pageSize = state ? maxPerPage : Math.ceil(limit / jobs.length);
    const found: RunSummary[] = [];
    let scanned = 0;
    let last: Run | undefined;
    for await (const run of newestFirst(context.ports.runs, jobs, { pageSize, after })) {
      if (last && (found.length === limit || scanned === maxScanned)) {
        return { runs: found, scanned: scanned, nextCursor: cursorOf(last) };
      }
      scanned++;
      last = run;
      if (isIn(run, state)) found.push(summaryOf(run));
    }
    return { runs: found, scanned: scanned };
  },
});

const cursorOf = ({ createdAt, dueAt, id }: Run): string => encodeCursor({ createdAt, dueAt, id });

/** A rare state is scanned for this far back: no index holds runs by state, which would cost a write per move. */
const maxScanned = 5_000;
const maxPerPage = 100;

const isIn = (run: Run, state: Run["state"] | undefined): boolean =>
  state === undefined || run.state === state;

/** Jobs of former deployments too: their runs are still there. */
export const jobsOf = async (
  { ports, registry }: PipelineContext,
  wanted: string | undefined,
): Promise<string[]> => {
  const known = [...new Set([...registry.jobs.keys(), ...(await ports.jobNames.list())])].sort();
  if (wanted === undefined) return known;
  if (known.includes(wanted)) return [wanted];
  throw new NotFoundError({ kind: "job", name: wanted, expected: `one of ${known.join(", ")}` });
};
