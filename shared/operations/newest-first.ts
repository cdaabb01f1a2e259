import type { Run } from "../core/runs/run.ts";
import { farFuture } from "../core/runs/run.ts";
import { listShards, shardNumbers } from "../core/shard.ts";
import { withoutUndefined } from "../core/without-undefined.ts";
import type { Runs } from "../ports/index.ts";

/** One shard of one job's list, and how far it has been read. */
interface Source {
  readonly job: string;
  readonly shard: number;
  /** No unread row of the list was created later than this. */
  readonly reached: number;
  readonly after?: string;
}

/** The place of a run in the list: it comes before every run that is older. */
export type ListPosition = Pick<Run, "createdAt" | "dueAt" | "id">;

/**
 * The runs of some jobs as one list: every shard is newest first by itself, and this merges them.
 * @param after only runs that come after this place, whatever has been created since
 */
export async function* newestFirst(
  runs: Pick<Runs, "list" | "read">,
  jobs: readonly string[],
  { pageSize, after }: { readonly pageSize: number; readonly after?: ListPosition | undefined },
): AsyncGenerator<Run> {
  const until = after === undefined ? farFuture : after.createdAt + 1;
  const isWanted = (run: Run): boolean => after === undefined || byAge(run, after) > 0;
  let open: readonly Source[] = jobs.flatMap((job) =>
    shardNumbers(listShards).map((shard) => ({ job, shard, reached: farFuture })),
  );
  let waiting: readonly Run[] = [];
  while (open.length > 0) {
    const { sources, rows } = await readOn(runs, open, { limit: pageSize, until });
    open = sources;
    const sorted = [...waiting, ...rows.filter(isWanted)].sort(byAge);
    const horizon = horizonOf(open);
    yield* sorted.filter(({ createdAt }) => createdAt > horizon);
    waiting = sorted.filter(({ createdAt }) => createdAt <= horizon);
  }
}

/** One tick creates all it sends at one instant: then whatever is due last comes first. */
const byAge = (a: ListPosition, b: ListPosition): number => {
  const byTime = b.createdAt - a.createdAt || b.dueAt - a.dueAt;
  if (byTime !== 0 || a.id === b.id) return byTime;
  return a.id < b.id ? 1 : -1;
};

/** What was created later than this has been read, whichever list it is in. */
const horizonOf = (open: readonly Source[]): number =>
  Math.max(Number.NEGATIVE_INFINITY, ...open.map(({ reached }) => reached));

/** One more page of each list that holds up the others, and the rows of all these pages at once. */
const readOn = async (
  runs: Pick<Runs, "list" | "read">,
  open: readonly Source[],
  page: { readonly limit: number; readonly until: number },
) => {
  const horizon = horizonOf(open);
  const behind = open.filter(({ reached }) => reached === horizon);
  const pages = await Promise.all(
    behind.map(async (source) => ({ source, ...(await runs.list(queryOf(source, page))) })),
  );
  const rows = await runs.read(pages.flatMap(({ ids }) => ids));
  const further = pages.flatMap(({ source, ids, next }) => {
    if (next === undefined) return [];
    const created = ids.flatMap((id) => rows.get(id)?.createdAt ?? []);
    return [{ ...source, after: next, reached: Math.min(source.reached, ...created) }];
  });
  const ahead = open.filter(({ reached }) => reached !== horizon);
  return { sources: [...ahead, ...further], rows: [...rows.values()] };
};

const queryOf = ({ job, shard, after }: Source, page: { readonly limit: number; readonly until: number }) =>
  withoutUndefined({
    job,
    shard,
    from: 0,
    newestFirst: true,
    ...page,
    after,
  });
