import { enrol } from "../core/change.ts";
import { needsCare } from "../core/repair.ts";
import { hasEnded, type Run } from "../core/run.ts";
import { listShards, shardNumbers } from "../core/shard.ts";
import type { ListQuery } from "../ports.ts";
import { pages } from "./dispatch.ts";
import type { Sweep } from "./sweep.ts";

/**
 * The two looks at every run, by its age. The second takes whatever has not ended, and trails behind the clocks of
 * callers and the lag of the index. After it, a run that has not ended is in the due index until it has.
 */
const looks = [
  { mark: "first-look", ageMs: 2 * 60_000 },
  { mark: "second-look", ageMs: 15 * 60_000 },
] as const;

export const enrolCreated = async (sweep: Sweep): Promise<number> => {
  const { schedules } = sweep.ports;
  const [marks, stored] = await Promise.all([schedules.marks(), schedules.jobNames()]);
  const jobs = [...new Set([...stored, ...sweep.registry.jobs.keys()])];
  let enrolled = 0;
  for (const { mark, ageMs } of looks) {
    const until = sweep.now - ageMs;
    const from = marks.get(mark) ?? 0;
    const lists = jobs.flatMap((job) =>
      shardNumbers(listShards).map((shard) => ({ job, shard, from, until })),
    );
    const looked = await Promise.all(lists.map((list) => look(sweep, mark === "second-look", list)));
    enrolled += looked.reduce((sum, { count }) => sum + count, 0);
    await schedules.mark(mark, Math.min(until, ...looked.map(({ reached }) => reached)));
  }
  return enrolled;
};

const pageSize = 100;

/** How far a list was read counts, also when time ran out: the next sweep goes on from there. */
const look = async (
  sweep: Sweep,
  isLast: boolean,
  list: Pick<ListQuery, "job" | "shard" | "from" | "until">,
) => {
  let count = 0;
  let reached = list.from;
  let isWhole = false;
  const read = async (after: string | undefined) => {
    const page = await sweep.ports.runs.list({
      ...list,
      limit: pageSize,
      ...(after !== undefined && { after }),
    });
    isWhole = page.next === undefined;
    return page;
  };
  for await (const ids of pages(sweep, read)) {
    const rows = [...(await sweep.ports.runs.read(ids)).values()];
    count += await enrolRows(sweep, isLast, rows);
    reached = Math.max(reached, ...rows.map(({ createdAt }) => createdAt));
  }
  return { count, reached: isWhole ? list.until : reached };
};

const enrolRows = async (sweep: Sweep, isLast: boolean, rows: readonly Run[]): Promise<number> => {
  const chosen = rows.filter((run) =>
    isLast ? isForgotten(run) : needsCare(run, sweep.now, isEmpty(sweep, run)),
  );
  await sweep.ports.runs.change(chosen.map((run) => enrol(run, Math.max(run.free, sweep.now))));
  return chosen.length;
};

const isForgotten = (run: Run): boolean => !hasEnded(run.state) && run.dueKey === undefined;

const isEmpty = ({ depths }: Sweep, { lane }: Run): boolean => depths.get(lane)?.visible === 0;
