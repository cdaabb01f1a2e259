import { monotonicFactory } from "ulid";
import type { Log } from "../core/jobs/job.ts";
import type { LaneName } from "../core/lane.ts";
import { logFacts } from "../core/log-facts.ts";
import type { Run } from "../core/runs/run.ts";
import type { Delivery } from "../pipeline/worker/batch.ts";
import type { Ports } from "../ports/index.ts";
import { createClock, type VirtualClock } from "./memory/clock.ts";
import { createQueue, type MemoryQueue } from "./memory/queue.ts";
import { createRuns } from "./memory/runs.ts";
import { createSchedules } from "./memory/schedules.ts";
import {
  createAttempts,
  createJobNames,
  createLedger,
  createMetrics,
  createNotes,
  createPayloads,
  createWatermarks,
  type MemoryPayloads,
} from "./memory/state.ts";

export interface MemoryOptions {
  /** Milliseconds since 1970 at which the virtual clock starts. Default 2026-01-01T00:00:00Z. */
  readonly now?: number;
  /** The value of every random number. Default 0.5. */
  readonly random?: number;
}

interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly facts: object | undefined;
}

export interface Memory {
  readonly ports: Ports & { readonly queue: MemoryQueue };
  readonly clock: VirtualClock;
  /** All runs. */
  runs(): readonly Run[];
  /** A stored input or result. */
  payload: MemoryPayloads["peek"];
  readonly lines: readonly LogLine[];
  receive(lane: LaneName, most?: number): readonly Delivery[];
}

const newYear = Date.UTC(2026, 0, 1);

/** Create all ports in memory, on a clock that a test advances. */
export const createMemory = ({ now = newYear, random = 0.5 }: MemoryOptions = {}): Memory => {
  const clock = createClock(now);
  const queue = createQueue(clock);
  const runs = createRuns(clock);
  const payloads = createPayloads(clock);
  const lines: LogLine[] = [];
  const id = monotonicFactory(() => 0.5);
  const ports = {
    clock,
    queue,
    runs,
    log: createLog(lines),
    random: { unit: () => random, id },
    schedules: createSchedules(),
    ledger: createLedger(),
    notes: createNotes(),
    watermarks: createWatermarks(),
    jobNames: createJobNames(),
    payloads,
    attempts: createAttempts(clock),
    metrics: createMetrics(),
    serverTime: async () => clock.now(),
  };
  return { ports, clock, runs: runs.all, payload: payloads.peek, lines, receive: queue.receive };
};

const createLog = (lines: LogLine[]): Log => {
  const write = (level: LogLine["level"]) => (message: string, facts?: object) =>
    void lines.push({ level, message, facts: facts === undefined ? undefined : logFacts(facts) });
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
};
