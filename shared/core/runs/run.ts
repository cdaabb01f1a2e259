import * as z from "zod";
import { laneNames } from "../lane.ts";

/**
 * A run's row, as it is stored in the table. Stored data outlives deploys, so it is parsed on every read.
 *
 * `availableAt` is the instant from which a claim is allowed, and carries the whole admission rule: due while waiting, the
 * end of the lease while running, 0 for the dead (with `generation` one higher, so that only a redrive fits), never once it
 * has ended otherwise.
 */
const instant = z.int().nonnegative();
const failure = z.object({ name: z.string(), message: z.string() });

const facts = {
  id: z.string(),
  job: z.string(),
  lane: z.enum(laneNames),
  /** Counts redrives, from 1. A message of an older generation is stale. */
  generation: z.int().positive(),
  availableAt: z.number(),
  /** Claims ever made, less those given back. */
  claimCount: z.int().nonnegative(),
  /** `claimCount` at the last death: the budget counts from here, the history continues. */
  claimCountAtStart: z.int().nonnegative(),
  /** Attempts since `claimCountAtStart` whose failure was recorded. */
  failedAttempts: z.int().nonnegative(),
  /** Recorded starts of a handler that have no outcome. Absent: none. */
  crashes: z.int().nonnegative().optional(),
  /** The claim, by its number, that recorded its start last. */
  recordedStart: z.int().nonnegative().optional(),
  /** `crashes` at the last death: the limit counts from here, the history continues. */
  crashesAtStart: z.int().nonnegative().optional(),
  /** Claims in a row that were given back before the handler started. Absent: none. */
  deferrals: z.int().nonnegative().optional(),
  dueAt: instant,
  createdAt: instant,
  inputHash: z.string(),
  /** The input's JSON text when it is short. */
  input: z.string().optional(),
  /** True when the input is an item of its own. */
  inputStored: z.literal(true).optional(),
  /** The fencing value of the last claim. Kept after the end, so that a lost reply is recognised. */
  token: z.string().optional(),
  /** The execution environment that made the last claim; on Lambda the name of its log stream. */
  worker: z.string().optional(),
  /** Messages that the sweeper has sent again since the last claim of the run. */
  resendCount: z.int().nonnegative(),
  schedule: z.string().optional(),
  tenant: z.string().optional(),
  tags: z.array(z.string()).optional(),
  /** The run expires if no attempt has started by then. */
  expiresAt: instant.optional(),
  /** How many runs are between this one and the first of the chain, which no handler enqueued. */
  chainDepth: z.int().nonnegative().optional(),
  trace: z.string().optional(),
  /** Why the running run is to be cancelled: its worker aborts it. */
  cancelRequested: z.string().optional(),
  /** The last failure, whatever came after. */
  error: failure.optional(),
  /** Which list of the timer index the run is in, and from when. */
  timerKey: z.string().optional(),
  timerAt: instant.optional(),
  listKey: z.string(),
};

const ended = { endedAt: instant, ttl: z.int() };

export const runSchema = z.discriminatedUnion("state", [
  z.object({ ...facts, state: z.literal("queued") }),
  z.object({ ...facts, state: z.literal("parked") }),
  z.object({ ...facts, state: z.literal("retry") }),
  z.object({ ...facts, state: z.literal("running"), token: z.string(), startedAt: instant }),
  z.object({
    ...facts,
    ...ended,
    state: z.literal("succeeded"),
    token: z.string(),
    startedAt: instant,
    /** The JSON text of what the job returned, when it is short. */
    result: z.string().optional(),
    resultStored: z.literal(true).optional(),
    /** Why there is no result although the job returned one. */
    resultNote: z.string().optional(),
  }),
  z.object({
    ...facts,
    ...ended,
    state: z.literal("dead"),
    reason: z.string(),
    diedAt: instant,
    /** The partition and the order of the run in the index of the dead: see `deadSortOf`. */
    deadKey: z.string(),
    deadSort: z.string(),
    /** The queue's id of the message whose worker decided the death: when it comes back, its dead letter may be missing. */
    deathMessageId: z.string().optional(),
    startedAt: instant.optional(),
  }),
  z.object({
    ...facts,
    ...ended,
    state: z.literal("cancelled"),
    reason: z.string(),
    /** Present when it ended before its handler started. True: its schedule skipped it, and a backfill may run it. */
    skippedBySchedule: z.boolean().optional(),
    /** Its schedule skipped it because the instant belongs to a run of another job. */
    jobChanged: z.literal(true).optional(),
    startedAt: instant.optional(),
  }),
  z.object({
    ...facts,
    ...ended,
    state: z.literal("expired"),
    reason: z.string(),
    startedAt: instant.optional(),
  }),
]);

export type Run = z.infer<typeof runSchema>;
export type RunState = Run["state"];
export type RunIn<State extends RunState> = Extract<Run, { state: State }>;
export type Running = RunIn<"running">;

/** Every attribute that any state has: what a change may set or test. */
type KeyOf<T> = T extends unknown ? keyof T : never;
export type RunField = KeyOf<Run>;
type FieldType<K extends RunField, R = Run> = R extends { [P in K]?: infer V } ? V : never;
export type RunFields = { [K in RunField]?: FieldType<K> };

/** Later than any clock: the run can never be claimed again. */
export const farFuture = 9e15;

/** Terminal rows outlive what queues can still deliver (14 days), twice over. */
export const retentionMs = 30 * 86_400_000;

/**
 * The legal moves. A dead run becomes queued by a retry, or running by a native redrive; a skipped occurrence becomes
 * queued by a backfill. All other terminal states are final.
 */
export const transitions: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ["parked", "running", "dead", "cancelled", "expired"],
  parked: ["parked", "queued", "running", "dead", "cancelled", "expired"],
  retry: ["parked", "running", "dead", "cancelled", "expired"],
  running: ["running", "succeeded", "queued", "retry", "parked", "dead", "cancelled", "expired"],
  dead: ["running", "queued"],
  succeeded: [],
  cancelled: ["queued"],
  expired: [],
};

const terminalStates: ReadonlySet<RunState> = new Set(["succeeded", "dead", "cancelled", "expired"]);

export const isTerminal = (state: RunState): boolean => terminalStates.has(state);

/**
 * How often a worker was killed while it ran this run's handler, in this generation. Only recorded starts count: a
 * lease may also end because the store was slow, and that is no evidence against the run. The claim that holds the run
 * is not counted.
 */
export const crashesOf = (run: Run): number => crashesIfLost(run) - (hasRecordedStart(run) ? 1 : 0);

/** The same count over all generations. */
export const allCrashesOf = (run: Run): number => (run.crashes ?? 0) - (hasRecordedStart(run) ? 1 : 0);

/** The count of this generation, should the claim that holds the run never record an outcome. */
export const crashesIfLost = ({ crashes = 0, crashesAtStart = 0 }: Run): number => crashes - crashesAtStart;

/** Whether the claim that holds the run has recorded the start of its handler. */
export const hasRecordedStart = ({ state, claimCount, recordedStart }: Run): boolean =>
  state === "running" && recordedStart === claimCount;

/** A run whose worker was killed this often is taken for the cause. */
export const maxCrashes = 3;

/** The reason of a run that dies because it has killed its workers. */
export const crashReason = (crashes: number): string => `its worker was killed ${crashes} times while it ran`;

/**
 * Claims of this generation that ended without an outcome: the worker was killed, or it could not write. The claim
 * that holds the run, or that ended it, is not one of them.
 */
export const lostLeasesOf = ({ state, claimCount, claimCountAtStart, failedAttempts }: Run): number =>
  Math.max(
    0,
    claimCount - claimCountAtStart - failedAttempts - (state === "running" || isTerminal(state) ? 1 : 0),
  );

/** Whether its schedule ended the run before its handler: an occurrence that did not run, which a backfill may run. */
export const wasSkipped = (run: Run): run is RunIn<"cancelled"> =>
  run.state === "cancelled" && run.skippedBySchedule === true;
