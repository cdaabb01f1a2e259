import type { Registry } from "../../core/jobs/registry.ts";
import { dispatchedMark, dispatchedShardMark } from "../../core/schedules/watermark.ts";
import { dueShards, shardNumbers } from "../../core/shard.ts";
import type { Ports } from "../../ports/index.ts";
import { pages } from "../paging.ts";
import { hasTime } from "../time-budget.ts";
import { createDispatch, type Dispatch } from "./context.ts";
import { dispatchParked } from "./dispatch-parked.ts";
import { dispatchSchedules, type Sent } from "./dispatch-schedules.ts";
import { byPriority, queryOf } from "./lane-pages.ts";
import { withRetries } from "./retry.ts";

export interface Dispatched {
  readonly occurrences: number;
  readonly unparked: number;
  /** Milliseconds between the oldest occurrence sent and now; 0 when none was late. */
  readonly latenessMs: number;
  /** Shards that were fanned out to other invocations. */
  readonly fannedOut: number;
}

/** What a tick has dispatched of one shard. */
interface DispatchedShard extends Dispatched {
  /** Whether every due schedule of the shard was planned and sent. */
  readonly isFinished: boolean;
}

export interface TickOptions {
  readonly deadlineAt: number;
  /** The shards that this invocation was given. Left out, it is the tick itself and has all of them. */
  readonly shards?: readonly number[];
  /** How long pages may wait for the moment at which their messages arrive just in time. Default: not at all. */
  readonly pacingMs?: number;
}

/**
 * Run one tick: send everything that is due up to the look-ahead. A late, missed or doubled tick changes nothing, since
 * an entry leaves the timer index only by its own conditional write.
 */
export const dispatch = async (
  ports: Ports,
  registry: Registry,
  { deadlineAt, shards, pacingMs }: TickOptions,
): Promise<Dispatched> => {
  const mayFanOut = shards === undefined;
  const tick = createDispatch({ ports, registry }, { deadlineAt, pacingMs, mayFanOut });
  const numbers = shards ?? shardNumbers(dueShards);
  const outcomes = await Promise.allSettled(numbers.map((shard) => dispatchShard(tick, shard)));
  await markFinished(
    tick,
    numbers.filter((_, i) => isFinished(outcomes[i])),
  );
  return valuesOf(outcomes).reduce(sumDispatched, noneDispatched);
};

type Outcome = PromiseSettledResult<DispatchedShard>;

const isFinished = (outcome: Outcome | undefined): boolean =>
  outcome?.status === "fulfilled" && outcome.value.isFinished;

/**
 * Record how far the dispatcher has come, for audits. One watermark is enough if the tick has finished every shard.
 * Otherwise each finished shard gets a watermark of its own.
 */
const markFinished = async ({ ports, now }: Dispatch, finished: readonly number[]): Promise<void> => {
  const isAll = finished.length === dueShards;
  const names = isAll ? [dispatchedMark] : finished.map(dispatchedShardMark);
  await Promise.all(names.map((name) => ports.watermarks.advance(name, now)));
};

/**
 * The results of the shards, once all have settled: Lambda freezes work that continues after the handler has answered.
 */
const valuesOf = (outcomes: readonly Outcome[]): readonly DispatchedShard[] => {
  const problems = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (problems.length > 0)
    throw new AggregateError(
      problems,
      `${problems.length} of ${outcomes.length} shards failed; the next tick retries them`,
    );
  return outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
};

const noneDispatched: Dispatched = { occurrences: 0, unparked: 0, latenessMs: 0, fannedOut: 0 };

const sumDispatched = (a: Dispatched, b: Dispatched): Dispatched => ({
  occurrences: a.occurrences + b.occurrences,
  unparked: a.unparked + b.unparked,
  latenessMs: Math.max(a.latenessMs, b.latenessMs),
  fannedOut: a.fannedOut + b.fannedOut,
});

/**
 * From how many due schedules on a shard has a backlog, whose rest is fanned out to an invocation of its own. 16 shards
 * with this many keep the share of a processor that a small function has busy for ten seconds.
 */
export const backlog = 200;

const dispatchShard = async (tick: Dispatch, shard: number): Promise<DispatchedShard> => {
  let done = noneDispatched;
  let [left, unsent] = [tick.mayFanOut ? backlog : Number.POSITIVE_INFINITY, 0];
  for await (const names of byPriority(tick, shard)) {
    const sent = await sendPage(tick, names);
    done = sumDispatched(done, { ...sent, unparked: 0, fannedOut: 0 });
    unsent += sent.unsent;
    left -= names.length;
    if (left > 0) continue;
    if (await tick.ports.fanOut?.([shard])) return { ...done, fannedOut: 1, isFinished: false };
    left = Number.POSITIVE_INFINITY;
  }
  // Nothing was cut short if there is still time.
  const isFinished = unsent === 0 && hasTime(tick);
  const parked = pages(tick, (after) => tick.ports.runs.due("park", queryOf(tick, shard, after)));
  for await (const ids of parked) {
    done = { ...done, unparked: done.unparked + (await dispatchParked(tick, ids)) };
  }
  return { ...done, isFinished };
};

/** Send a page of schedules. All of its writes may be repeated, so it is retried as a whole. */
const sendPage = (tick: Dispatch, names: readonly string[]): Promise<Sent> =>
  withRetries(tick, `a page of ${names.length} schedules`, () => dispatchSchedules(tick, names));
