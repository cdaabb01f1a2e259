import type { Registry } from "../../core/jobs/registry.ts";
import { type LaneName, lanes } from "../../core/lane.ts";
import { dispatchedMark, dispatchedShardMark } from "../../core/schedules/watermark.ts";
import { dueShards, shardNumbers } from "../../core/shard.ts";
import type { DueQuery, Page, Ports } from "../../ports.ts";
import { dispatchParked } from "./dispatch-parked.ts";
import { dispatchSchedules, type Sent } from "./dispatch-schedules.ts";

/** How far ahead of now a tick sends: the next tick, and one more in case that one is late or missing. */
export const lookAheadMs = 120_000;

export interface Dispatch {
  readonly ports: Ports;
  readonly registry: Registry;
  readonly now: number;
  readonly until: number;
  readonly deadlineAt: number;
  /** Until when a page may wait for its moment: see `departures`. Later, speed is worth more. */
  readonly patientUntil: number;
  /** Whether a shard with a backlog may be handed to an invocation of its own. */
  readonly maySpread: boolean;
}

export interface Dispatched {
  readonly occurrences: number;
  readonly unparked: number;
  /** Milliseconds between the oldest occurrence sent and now; 0 when none was late. */
  readonly latenessMs: number;
  /** Shards that other invocations took over. */
  readonly spread: number;
}

/** What a tick has done of one shard. */
interface DispatchedShard extends Dispatched {
  /** Whether every schedule of it that was due was planned and sent. */
  readonly isFinished: boolean;
}

export interface Tick {
  readonly deadlineAt: number;
  /** The shards this invocation was handed; left out, it is the tick itself and has them all. */
  readonly shards?: readonly number[];
  /** For how long pages may wait for the moment from which their messages come just in time. Default: not at all. */
  readonly patienceMs?: number;
}

/**
 * One tick: send all that is due up to the look-ahead. A late, missed or doubled tick changes nothing, since an entry
 * leaves the due index only by its own conditional write.
 */
export const dispatch = async (
  ports: Ports,
  registry: Registry,
  { deadlineAt, shards, patienceMs = 0 }: Tick,
): Promise<Dispatched> => {
  const now = ports.clock.now();
  const tick = {
    ports,
    registry,
    now,
    until: now + lookAheadMs,
    deadlineAt,
    patientUntil: now + patienceMs,
    maySpread: shards === undefined,
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
 * How far the dispatcher has come, for audits. One mark is enough while each tick finishes; a shard has a mark of its own
 * when another was handed over, failed, or had no time.
 */
const markFinished = async ({ ports, now }: Dispatch, finished: readonly number[]): Promise<void> => {
  const isAll = finished.length === dueShards;
  const names = isAll ? [dispatchedMark] : finished.map(dispatchedShardMark);
  await Promise.all(names.map((name) => ports.schedules.mark(name, now)));
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

const nothing: Dispatched = { occurrences: 0, unparked: 0, latenessMs: 0, spread: 0 };

const add = (a: Dispatched, b: Dispatched): Dispatched => ({
  occurrences: a.occurrences + b.occurrences,
  unparked: a.unparked + b.unparked,
  latenessMs: Math.max(a.latenessMs, b.latenessMs),
  spread: a.spread + b.spread,
});

/**
 * A shard with so many due has a backlog, and the rest of it deserves an invocation of its own: 16 shards with as many
 * keep the part of a processor that a small function has busy for ten seconds.
 */
export const backlog = 200;

const dispatchShard = async (tick: Dispatch, shard: number): Promise<DispatchedShard> => {
  let done = nothing;
  let [left, unsent] = [tick.maySpread ? backlog : Number.POSITIVE_INFINITY, 0];
  for await (const names of byPriority(tick, shard)) {
    const sent = await sendPage(tick, names);
    done = add(done, { ...sent, unparked: 0, spread: 0 });
    unsent += sent.unsent;
    left -= names.length;
    if (left > 0) continue;
    if (await tick.ports.spread?.([shard])) return { ...done, spread: 1, isFinished: false };
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

/** Pauses before what failed is tried again: a storm meets the limits of its tables, and needs them to pass. */
const pausesMs = [500, 1_000, 2_000, 4_000];

/** Every write of a page may be done again, so it is tried again as a whole. What fails to the end is the next tick's. */
const sendPage = (tick: Dispatch, names: readonly string[]): Promise<Sent> =>
  patiently(tick, `a page of ${names.length} schedules`, () => dispatchSchedules(tick, names));

const patiently = async <Answer>(
  tick: Dispatch,
  what: string,
  ask: () => Promise<Answer>,
  tries = 0,
): Promise<Answer> => {
  const { clock, random, log } = tick.ports;
  try {
    return await ask();
  } catch (error) {
    const pause = pausesMs[tries];
    if (pause === undefined || !hasTime(tick)) throw error;
    log.warn(`${what}: failed, and is tried again`, { error });
    await clock.sleep(pause * (0.5 + random.unit()));
    return await patiently(tick, what, ask, tries + 1);
  }
};

/**
 * The pages of every lane in turn, the urgent lanes' more often: of ten pages as many as the lane's share of the
 * workers. So a storm on one lane delays no other, and none of them starves.
 */
async function* byPriority(tick: Dispatch, shard: number): AsyncGenerator<readonly string[]> {
  let open = lanes.map(({ name, share }) => ({
    turns: Math.round(share * 10),
    pages: lanePages(tick, name, shard),
  }));
  while (open.length > 0) {
    for (const lane of open) {
      for (let turn = 0; turn < lane.turns; turn++) {
        const page = await lane.pages.next();
        if (page.done) open = open.filter((other) => other !== lane);
        if (page.done) break;
        yield page.value;
      }
    }
  }
}

const lanePages = (tick: Dispatch, lane: LaneName, shard: number) =>
  pages(tick, (after) =>
    patiently(tick, `what is due on lane ${lane}, shard ${shard}`, () =>
      tick.ports.schedules.due(lane, queryOf(tick, shard, after)),
    ),
  );

const pageSize = 100;

const queryOf = ({ until }: Dispatch, shard: number, after: string | undefined): DueQuery => ({
  shard,
  until,
  limit: pageSize,
  ...(after !== undefined && { after }),
});

/** Kept free at the end of a tick: whatever is left is the next tick's. */
const reserveMs = 10_000;

export const hasTime = (
  { ports, deadlineAt }: Pick<Dispatch, "ports" | "deadlineAt">,
  spare = reserveMs,
): boolean => ports.clock.now() < deadlineAt - spare;

export const isPatient = ({ ports, patientUntil }: Pick<Dispatch, "ports" | "patientUntil">): boolean =>
  ports.clock.now() < patientUntil;

/** Page by page, while there is time. An empty page may be followed by a full one. */
export async function* pages(
  work: Pick<Dispatch, "ports" | "deadlineAt">,
  read: (after: string | undefined) => Promise<Page>,
): AsyncGenerator<readonly string[]> {
  let after: string | undefined;
  do {
    const page = await read(after);
    if (page.ids.length > 0) yield page.ids;
    after = page.next;
  } while (after !== undefined && hasTime(work));
}
