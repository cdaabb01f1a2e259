import { shouldWatch } from "../../core/runs/rescue.ts";
import type { Run } from "../../core/runs/run.ts";
import { listShards, shardNumbers } from "../../core/shard.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { ListQuery } from "../../ports/index.ts";
import { pages } from "../paging.ts";
import { needsWatch, watchRuns } from "../runs/watch-runs.ts";
import { minuteOf } from "../worker/metrics-counter.ts";
import type { Sweep } from "./context.ts";

/** A check of runs at a certain age, and which of them it watches. */
interface Check {
  readonly name: string;
  readonly isChosen: (sweep: Sweep, run: Run) => boolean;
}

/** The first check soon finds runs that have lost their worker or their message. */
const firstCheck: Check & { readonly ageMs: number } = {
  name: "first-check",
  ageMs: 2 * 60_000,
  isChosen: ({ now, depths }, run) => shouldWatch(run, now, depths.get(run.lane)?.visible === 0),
};

/**
 * The second check watches every run that has not ended. It comes late enough for wrong clocks of callers and for the
 * lag of the index. After it, a run that has not ended stays in the timer index until it has.
 */
const secondCheck: Check & { readonly ageMs: number } = {
  name: "second-check",
  ageMs: 15 * 60_000,
  isChosen: (_, run) => needsWatch(run),
};

/** The check between the two: it watches runs that were claimed meanwhile and whose lease has ended. */
const crashCheck: Check = {
  name: "crash-check",
  isChosen: ({ now }, run) => needsWatch(run) && run.state === "running" && run.availableAt <= now,
};

/**
 * Watch runs that have not ended. Each job has a watermark for each check: all runs of the job that were created before
 * it are watched, have ended, or wait for the second check. So a watermark never passes a run that is none of these,
 * and a new job is checked from its first run on. A watermark is written only when runs were found: an idle job costs
 * no writes.
 * @returns how many runs are newly watched
 */
export const watchUnfinished = async (sweep: Sweep): Promise<number> => {
  const { jobNames, watermarks } = sweep.ports;
  const [marks, stored] = await Promise.all([watermarks.read(), jobNames.list()]);
  const jobs = [...new Set([...stored, ...sweep.registry.jobs.keys()])];
  let count = 0;
  for (const check of [firstCheck, secondCheck]) {
    const counts = await Promise.all(jobs.map((job) => checkJob(sweep, check, job, marks)));
    count += sum(counts);
  }
  if (minuteOf(sweep.now) % 2 === 0)
    count += sum(await Promise.all(jobs.map((job) => checkWaiting(sweep, job, marks))));
  return count;
};

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

type Marks = ReadonlyMap<string, number>;

const checkJob = async (
  sweep: Sweep,
  check: typeof firstCheck,
  job: string,
  marks: Marks,
): Promise<number> => {
  const name = `${check.name}#${job}`;
  const from = marks.get(name) ?? 0;
  const until = sweep.now - check.ageMs;
  const lists = await checkLists(sweep, check, { job, from, until });
  const reached = Math.min(until, ...lists.map((list) => list.reached));
  const left = Math.max(0, ...lists.map((list) => list.left));
  await sweep.guard(`marks of job ${job}`, async () => {
    if (left > 0 && check === firstCheck) await sweep.ports.watermarks.advance(waitingMark(job), left);
    if (reached > from && lists.some(({ isEmpty }) => !isEmpty))
      await sweep.ports.watermarks.advance(name, reached);
  });
  return sum(lists.map(({ count }) => count));
};

/** The watermark of the newest run that the first check did not watch. */
const waitingMark = (job: string): string => `waiting#${job}`;

/** This check has only part of a sweep's time: it merely does earlier what the second check does anyway. */
const crashCheckMs = 15_000;

/**
 * Check the runs of a job between its two checks. A run that the first check did not watch, because it was waiting in a
 * backlog, may be claimed before the second check and its worker killed. So such jobs are read again every other
 * minute, and a resend follows within three minutes of the end of the lease. A job without waiting runs costs no read.
 */
const checkWaiting = async (sweep: Sweep, job: string, marks: Marks): Promise<number> => {
  const from = Math.max(marks.get(`${secondCheck.name}#${job}`) ?? 0, sweep.now - secondCheck.ageMs);
  const until = (marks.get(waitingMark(job)) ?? 0) + 1;
  if (until <= from) return 0;
  const deadlineAt = Math.min(sweep.deadlineAt, sweep.now + crashCheckMs);
  const lists = await checkLists({ ...sweep, deadlineAt }, crashCheck, { job, from, until });
  return sum(lists.map(({ count }) => count));
};

type JobRange = Pick<ListQuery, "job" | "from" | "until">;

interface Checked {
  /** How many runs are newly watched. */
  readonly count: number;
  /** Every run created before this is watched, has ended or was left to the next check. */
  readonly reached: number;
  /** When the newest run that was left to the next check was created. 0: there was none. */
  readonly left: number;
  readonly isEmpty: boolean;
}

const checkLists = async (sweep: Sweep, check: Check, range: JobRange): Promise<readonly Checked[]> =>
  await Promise.all(shardNumbers(listShards).map((shard) => checkList(sweep, check, { ...range, shard })));

const pageSize = 100;

/** Check one list of runs. When time runs out or a read fails, the next sweep continues where this one stopped. */
const checkList = async (
  sweep: Sweep,
  check: Check,
  list: JobRange & Pick<ListQuery, "shard">,
): Promise<Checked> => {
  let [count, last, left] = [0, list.from, 0];
  let [firstUnsafe, isLastPage, isWhole] = [list.until, false, false];
  const read = async (after: string | undefined) => {
    const page = await sweep.ports.runs.list(
      withoutUndefined({
        ...list,
        limit: pageSize,
        after,
      }),
    );
    isLastPage = page.next === undefined;
    return page;
  };
  await sweep.guard(`runs of job ${list.job}, shard ${list.shard}`, async () => {
    for await (const ids of pages(sweep, read)) {
      const rows = [...(await sweep.ports.runs.read(ids)).values()];
      const chosen = rows.filter((run) => check.isChosen(sweep, run));
      const unsafe = await watchRuns(sweep.ports, chosen, sweep.now);
      count += chosen.length - unsafe.length;
      firstUnsafe = Math.min(firstUnsafe, ...unsafe.map(({ createdAt }) => createdAt));
      const others = rows.filter((run) => !chosen.includes(run) && needsWatch(run));
      left = Math.max(left, ...others.map(({ createdAt }) => createdAt));
      last = Math.max(last, ...rows.map(({ createdAt }) => createdAt));
    }
    isWhole = isLastPage;
  });
  const isEmpty = last === list.from;
  return { count, reached: Math.min(isWhole ? list.until : last, firstUnsafe), left, isEmpty };
};
