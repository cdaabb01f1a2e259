import * as z from "zod";
import { laneNames } from "../../core/lane.ts";
import type { Run } from "../../core/runs/run.ts";
import { deadRunPages } from "../../pipeline/runs/dead-runs.ts";
import { discardStale } from "../../pipeline/runs/read-dead-letters.ts";
import { isDeadFor, type RetryFilter, retryDeadRuns, retryRun } from "../../pipeline/runs/retry-dead.ts";
import type { DeadEntry, Ports } from "../../ports/index.ts";
import { pastMoment, pastMs } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { jobsOf } from "./list-runs.ts";
import { iso, type RunSummary, summaryOf } from "./run-view.ts";

export interface RunRetried {
  /** `not-dead`: nothing was changed. */
  readonly outcome: "retried" | "not-dead";
  readonly run: RunSummary;
  /** Stale dead letters that were deleted on the way. */
  readonly discarded: number;
}

export const runRetry = defineOperation({
  name: "runs.retry",
  description: "Try a dead run again, now, with all the attempts of its job.",
  readOnly: false,
  input: z.object({ id: z.string().min(1) }),
  async run({ id }, { ports }): Promise<RunRetried> {
    const { outcome, run } = await retryRun(ports, id);
    const discarded = outcome === "retried" ? await discardStale(ports, [run.lane]) : 0;
    return { outcome, run: summaryOf(run), discarded };
  },
});

const filterFields = {
  job: z.string(),
  /** Only of this cause, as `runs.count-dead` shows it. */
  fingerprint: z.string().exactOptional(),
  /** Only runs whose reason holds this text, in upper or lower case. */
  reason: z.string().min(1).exactOptional(),
  /** Only runs that died at this instant or later, or no longer ago. */
  since: pastMoment.exactOptional(),
};

type Filter = z.output<z.ZodObject<typeof filterFields>>;

const toFilter = ({ since, ...rest }: Filter, now: number): RetryFilter => ({
  ...rest,
  since: since === undefined ? undefined : pastMs(since, now, "since"),
});

/** Deaths of one cause. */
export interface DeathGroup {
  readonly fingerprint: string;
  readonly count: number;
  readonly firstDiedAt: string;
  readonly lastDiedAt: string;
  /** Of the run that died last. */
  readonly reason: string;
  readonly example: string;
}

export interface CountedDeaths {
  readonly job: string;
  /** Most runs first. */
  readonly groups: readonly DeathGroup[];
  readonly total: number;
  /** False: there are more than were counted. */
  readonly isComplete: boolean;
}

export const runCountDead = defineOperation({
  name: "runs.count-dead",
  description: "Count the dead runs of a job by their cause.",
  readOnly: true,
  input: z.object(filterFields),
  async run(wanted, context): Promise<CountedDeaths> {
    await jobsOf(context, wanted.job);
    const filter = toFilter(wanted, context.ports.clock.now());
    const { groups, isComplete } = await groupsOf(context.ports.runs, filter);
    const total = groups.reduce((sum, { count }) => sum + count, 0);
    return { job: wanted.job, groups, total, isComplete };
  },
});

/** So many entries of the index are counted. */
const maxCounted = 20_000;

/** So many causes are counted: each costs a request of its own. */
const maxCauses = 1_000;

interface Group {
  readonly fingerprint: string;
  count: number;
  first: DeadEntry;
  last: DeadEntry;
}

const groupsOf = async (runs: Ports["runs"], filter: RetryFilter) => {
  const groups = new Map<string, Group>();
  const causes = new Set<string>();
  let counted = 0;
  let isComplete = true;
  for await (const { entries, start } of deadRunPages(runs, filter, { pageSize: 100 })) {
    isComplete = counted < maxCounted && causes.add(start.fingerprint).size <= maxCauses;
    if (!isComplete) break;
    for (const entry of await matching(runs, filter, entries)) addTo(groups, entry);
    counted += entries.length;
  }
  const examples = await runs.read([...groups.values()].map(({ last }) => last.id));
  const shown = [...groups.values()].flatMap((group) => shownGroup(group, examples.get(group.last.id)));
  return { groups: shown.sort((a, b) => b.count - a.count), isComplete };
};

/** The index knows no reasons: to count by one, the rows are read. */
const matching = async (
  runs: Ports["runs"],
  filter: RetryFilter,
  entries: readonly DeadEntry[],
): Promise<readonly DeadEntry[]> => {
  if (filter.reason === undefined) return entries;
  const rows = await runs.read(entries.map(({ id }) => id));
  const isWanted = isDeadFor(filter);
  return entries.filter(({ id }) => {
    const row = rows.get(id);
    return row !== undefined && isWanted(row);
  });
};

const addTo = (groups: Map<string, Group>, entry: DeadEntry): void => {
  const group = groups.get(entry.fingerprint);
  if (!group) {
    groups.set(entry.fingerprint, { fingerprint: entry.fingerprint, count: 1, first: entry, last: entry });
    return;
  }
  group.count++;
  if (entry.diedAt < group.first.diedAt) group.first = entry;
  if (entry.diedAt > group.last.diedAt) group.last = entry;
};

/** A group whose last run is not dead any more has just been retried: the index is older than the rows. */
const shownGroup = ({ fingerprint, count, first, last }: Group, example: Run | undefined): DeathGroup[] =>
  example?.state === "dead"
    ? [
        {
          fingerprint,
          count,
          firstDiedAt: iso(first.diedAt),
          lastDiedAt: iso(last.diedAt),
          reason: example.reason,
          example: example.id,
        },
      ]
    : [];

export interface RunsRetried {
  readonly retried: number;
  /** Stale dead letters that were deleted, with the last page. */
  readonly discarded: number;
  /** Where to continue: there may be more. */
  readonly nextCursor?: string;
}

export const runRetryDead = defineOperation({
  name: "runs.retry-dead",
  description: "Try the dead runs of a job again, page by page. Repeat it until it answers no cursor.",
  readOnly: false,
  input: z.object({
    ...filterFields,
    limit: z.int().min(1).max(1_000).default(200),
    cursor: z.string().exactOptional(),
  }),
  async run({ limit, cursor, ...wanted }, context): Promise<RunsRetried> {
    await jobsOf(context, wanted.job);
    const filter = toFilter(wanted, context.ports.clock.now());
    const { retried, next } = await retryDeadRuns(context.ports, filter, { limit, after: cursor });
    if (next !== undefined) return { retried, discarded: 0, nextCursor: next };
    return { retried, discarded: await discardStale(context.ports, laneNames) };
  },
});
