import type { Registry } from "../../core/jobs/registry.ts";
import { dispatchedMark, dispatchedShardMark } from "../../core/schedules/watermark.ts";
import { dueShards, shardNumbers } from "../../core/shard.ts";
import type { Ports } from "../../ports/index.ts";
import { pages } from "../paging.ts";
import { hasTime } from "../time-budget.ts";
import { type Dispatch, lookAheadMs } from "./context.ts";
import { dispatchParked } from "./dispatch-parked.ts";
import { dispatchSchedules, type Sent } from "./dispatch-schedules.ts";
import { byPriority, queryOf } from "./lane-pages.ts";
import { withRetries } from "./retry.ts";

export interface Dispatched {
  readonly occurrences: number;
  readonly unparked: number;
  /** Milliseconds between the oldest occurrence sent and now; 0 when none was late. */
  readonly latenessMs: number;
  /** Shards that other invocations took over. */
  readonly fannedOut: number;
}

/** What a tick has done of one shard. */
interface DispatchedShard extends Dispatched {
  /** Whether every schedule of it that was due was planned and sent. */
  readonly isFinished: boolean;
}

export interface TickOptions {
  readonly deadlineAt: number;
  /** The shards this invocation was handed; left out, it is the tick itself and has them all. */
  readonly shards?: readonly number[];
  /** For how long pages may wait for the moment from which their messages come just in time. Default: not at all. */
  readonly pacingMs?: number;
}

/**
 * One tick: send all that is due up to the look-ahead. A late, missed or doubled tick changes nothing, since an entry
 * leaves the due index only by its own conditional write.
 */
export const dispatch = async (
  ports: Ports,
  registry: Registry,
  { deadlineAt, shards, pacingMs = 0 }: TickOptions,
): Promise<Dispatched> => {
  const now = ports.clock.now();
  const tick = {
    ports,
    registry,
    now,
    until: now + lookAheadMs,
    deadlineAt,
    pacedUntil: now + pacingMs,
    mayFanOut: shards === undefined,
  };
  const numbers = shards ?? shardNumbers(dueShards);
  const outcomes = await Promise.allSettled(numbers.map((shard) => dispatchShard(tick, shard)));
  await markFinished(
    tick,
    numbers.filter((_, i) => isFinished(outcomes[i])),
  );
  return valuesOf(outcomes).reduce(add, nothing);
};

type Outcome = PromiseSettledResult<DispatchedShard>;

const isFinished = (outcome: Outcome | undefined): boolean =>
  outcome?.status === "fulfilled" && outcome.value.isFinished;

/**
 * How far the dispatcher has come, for audits. One mark is enough while each tick finishes; a shard has a mark of its
 * own when another was handed over, failed, or had no time.
 */
const markFinished = async ({ ports, now }: Dispatch, finished: readonly number[]): Promise<void> => {
  const isAll = finished.length === dueShards;
  const names = isAll ? [dispatchedMark] : finished.map(dispatchedShardMark);
  await Promise.all(names.map((name) => ports.watermarks.advance(name, now)));
};

/** A shard in trouble, throttled perhaps, cuts short no other: Lambda freezes what continues after an answer. */
const valuesOf = (outcomes: readonly Outcome[]): readonly DispatchedShard[] => {
  const problems = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (problems.length > 0)
    throw new AggregateError(
      problems,
      `${problems.length} of ${outcomes.length} shards left to the next tick`,
    );
  return outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
};

const nothing: Dispatched = { occurrences: 0, unparked: 0, latenessMs: 0, fannedOut: 0 };

const add = (a: Dispatched, b: Dispatched): Dispatched => ({
  occurrences: a.occurrences + b.occurrences,
  unparked: a.unparked + b.unparked,
  latenessMs: Math.max(a.latenessMs, b.latenessMs),
  fannedOut: a.fannedOut + b.fannedOut,
});

/**
 * A shard with so many due has a backlog, and the rest of it deserves an invocation of its own: 16 shards with as many
 * keep the part of a processor that a small function has busy for ten seconds.
 */
export const backlog = 200;

const dispatchShard = async (tick: Dispatch, shard: number): Promise<DispatchedShard> => {
  let done = nothing;
  let [left, unsent] = [tick.mayFanOut ? backlog : Number.POSITIVE_INFINITY, 0];
  for await (const names of byPriority(tick, shard)) {
    const sent = await sendPage(tick, names);
    done = add(done, { ...sent, unparked: 0, fannedOut: 0 });
    unsent += sent.unsent;
    left -= names.length;
    if (left > 0) continue;
    if (await tick.ports.fanOut?.([shard])) return { ...done, fannedOut: 1, isFinished: false };
    left = Number.POSITIVE_INFINITY;
  }
  // Nothing was cut short while there still is time.
  const isFinished = unsent === 0 && hasTime(tick);
  const parked = pages(tick, (after) => tick.ports.runs.due("park", queryOf(tick, shard, after)));
  for await (const ids of parked) {
    done = { ...done, unparked: done.unparked + (await dispatchParked(tick, ids)) };
  }
  return { ...done, isFinished };
};

/**
 * Every write of a page may be done again, so it is tried again as a whole. What fails to the end is the next tick's.
 */
const sendPage = (tick: Dispatch, names: readonly string[]): Promise<Sent> =>
  withRetries(tick, `a page of ${names.length} schedules`, () => dispatchSchedules(tick, names));
