import type { Registry } from "../core/registry.ts";
import { dueShards, shardNumbers } from "../core/shard.ts";
import type { Page, Ports } from "../ports.ts";
import { dispatchParked } from "./dispatch-parked.ts";
import { dispatchSchedules } from "./dispatch-schedules.ts";

/** How far ahead of now a tick sends: the next tick, and one more in case that one is late or missing. */
const lookAheadMs = 120_000;

export interface Dispatch {
  readonly ports: Ports;
  readonly registry: Registry;
  readonly now: number;
  readonly until: number;
  readonly deadlineAt: number;
}

export interface Dispatched {
  readonly occurrences: number;
  readonly unparked: number;
  /** Milliseconds between the oldest occurrence sent and now; 0 when none was late. */
  readonly latenessMs: number;
}

/**
 * One tick: send all that is due up to the look-ahead. A late, missed or doubled tick changes nothing, since an entry
 * leaves the due index only by its own conditional write.
 */
export const dispatch = async (ports: Ports, registry: Registry, deadlineAt: number): Promise<Dispatched> => {
  const now = ports.clock.now();
  const tick = { ports, registry, now, until: now + lookAheadMs, deadlineAt };
  const shards = await Promise.all(shardNumbers(dueShards).map((shard) => dispatchShard(tick, shard)));
  await ports.schedules.mark("dispatched", now);
  return {
    occurrences: shards.reduce((sum, { occurrences }) => sum + occurrences, 0),
    unparked: shards.reduce((sum, { unparked }) => sum + unparked, 0),
    latenessMs: Math.max(0, ...shards.map(({ latenessMs }) => latenessMs)),
  };
};

const dispatchShard = async (tick: Dispatch, shard: number): Promise<Dispatched> => {
  const { schedules, runs } = tick.ports;
  let [occurrences, unparked, latenessMs] = [0, 0, 0];
  for await (const names of pages(tick, (after) => schedules.due(query(tick, shard, after)))) {
    const sent = await dispatchSchedules(tick, names);
    occurrences += sent.occurrences;
    latenessMs = Math.max(latenessMs, sent.latenessMs);
  }
  for await (const ids of pages(tick, (after) => runs.due("park", query(tick, shard, after)))) {
    unparked += await dispatchParked(tick, ids);
  }
  return { occurrences, unparked, latenessMs };
};

const pageSize = 100;

const query = ({ until }: Dispatch, shard: number, after: string | undefined) => ({
  shard,
  until,
  limit: pageSize,
  ...(after !== undefined && { after }),
});

/** Kept free at the end of a tick: whatever is left is the next tick's. */
const reserveMs = 10_000;

/** Page by page, while there is time. An empty page may be followed by a full one. */
export async function* pages(
  { ports, deadlineAt }: Pick<Dispatch, "ports" | "deadlineAt">,
  read: (after: string | undefined) => Promise<Page>,
): AsyncGenerator<readonly string[]> {
  let after: string | undefined;
  do {
    const page = await read(after);
    if (page.ids.length > 0) yield page.ids;
    after = page.next;
  } while (after !== undefined && ports.clock.now() < deadlineAt - reserveMs);
}
