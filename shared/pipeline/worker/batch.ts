import type { Registry } from "../../core/jobs/registry.ts";
import type { LaneName } from "../../core/lane.ts";
import type { Claim } from "../../core/runs/admission.ts";
import type { Change } from "../../core/runs/change.ts";
import type { Run, Running } from "../../core/runs/run.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type {
  AttemptEntry,
  Attempts,
  Changed,
  Claimed,
  Created,
  LaneCounts,
  Ports,
  TextAttributes,
} from "../../ports/index.ts";
import { coalesce } from "./coalesce.ts";
import { addCounts, noCounts } from "./metrics-counter.ts";

/** One record of a batch, as the event source mapping delivers it. */
export interface Delivery {
  readonly messageId: string;
  readonly receipt: string;
  readonly body: string;
  /** Approximate. Counts receives, not attempts. */
  readonly receiveCount: number;
  readonly sentAt: number;
  /** Attributes that the sender put beside the body. Kept when the message becomes a dead letter. */
  readonly attributes?: TextAttributes | undefined;
}

/**
 * How a record is answered: `ack` deletes the message, `nack` returns it to the queue, `retry-alone` processes it once
 * more after the rest of the batch.
 */
export type Disposition = "ack" | "nack" | "retry-alone";

/** Where a batch is processed. */
export interface WorkerContext {
  readonly lane: LaneName;
  readonly registry: Registry;
  /** The name of this execution environment; on Lambda that of its log stream. */
  readonly worker?: string | undefined;
  /** When the function's invocation will be ended. */
  readonly deadlineAt: number;
}

/** What the records of one batch share: their requests, their counts, the room to hide messages. */
export interface Batch extends WorkerContext {
  readonly ports: Ports;
  claim(claim: Claim): Promise<Claimed>;
  /** Write the row of a message that has none, already claimed. */
  adopt(run: Running): Promise<Created>;
  /** Answers false when another record of the batch has the same run: no request may name a run twice. */
  claimExclusively(id: string): boolean;
  /** Count a run as in progress during `work`. Settles are gathered while other runs are in progress. */
  withRun<Answer>(work: () => Promise<Answer>): Promise<Answer>;
  settle(change: Change): Promise<Changed>;
  /** The row as it is now. Consistent. */
  row(id: string): Promise<{ readonly row: Run | undefined }>;
  schedule(name: string): Promise<{ readonly row: ScheduleRow | undefined }>;
  /** Whether the lane can take more hidden messages. Reads the queue's depth at the first call, once per batch. */
  canHideMore(): Promise<boolean>;
  count(counts: Partial<LaneCounts>): void;
  counts(): LaneCounts;
}

const settleWindowMs = 5;

/** Hidden messages count against a queue's limit of 120,000 in flight. At the limit, long polls return nothing. */
const maxHidden = 60_000;

export const createBatch = (context: WorkerContext, ports: Ports): Batch => {
  const { clock, runs } = ports;
  let counts = noCounts;
  let working = 0;
  const taken = new Set<string>();
  let room: Promise<boolean> | undefined;
  const claim = coalesce((claims: readonly Claim[]) => runs.claim(claims), { clock, windowMs: 0 });
  const adopt = coalesce((rows: readonly Running[]) => runs.create(rows), { clock, windowMs: 0 });
  const settle = coalesce((changes: readonly Change[]) => runs.change(changes), {
    clock,
    windowMs: settleWindowMs,
    isAll: (waiting) => waiting >= working,
  });
  const schedule = coalesce((names: readonly string[]) => readSchedules(ports, names), {
    clock,
    windowMs: 0,
  });
  const record = coalesce((entries: readonly AttemptEntry[]) => recordAttempts(ports, entries), {
    clock,
    windowMs: 0,
  });
  const attempts: Attempts = {
    ...ports.attempts,
    record: async (entries) => void (await Promise.all(entries.map(record))),
  };
  return {
    ...context,
    ports: { ...ports, attempts },
    schedule,
    claim,
    adopt,
    claimExclusively: (id) => taken.size < taken.add(id).size,
    row: coalesce((ids: readonly string[]) => readRows(ports, ids), { clock, windowMs: 0 }),
    settle,
    withRun: async (work) => {
      working++;
      try {
        return await work();
      } finally {
        working--;
      }
    },
    canHideMore: () => {
      room ??= ports.queue.depth(context.lane).then(
        ({ inFlight }) => inFlight < maxHidden,
        () => false,
      );
      return room;
    },
    count: (more) => {
      counts = addCounts(counts, more);
    },
    counts: () => counts,
  };
};

/** The schedule of a run, if it is an occurrence. The records of a batch share the request. */
export const readSchedule = async (
  batch: Batch,
  run: Pick<Run, "schedule"> | undefined,
): Promise<ScheduleRow | undefined> =>
  run?.schedule === undefined ? undefined : (await batch.schedule(run.schedule)).row;

const recordAttempts = async (
  { attempts }: Ports,
  entries: readonly AttemptEntry[],
): Promise<readonly true[]> => {
  await attempts.record(entries);
  return entries.map(() => true);
};

const readRows = async ({ runs }: Ports, ids: readonly string[]) => {
  const rows = await runs.read([...new Set(ids)]);
  return ids.map((id) => ({ row: rows.get(id) }));
};

const readSchedules = async ({ schedules }: Ports, names: readonly string[]) => {
  const rows = await schedules.read([...new Set(names)]);
  return names.map((name) => ({ row: rows.get(name) }));
};
