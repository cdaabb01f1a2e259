import type { Registry } from "../../shared/core/jobs/registry.ts";
import type { ReconcilePeriodically } from "../../shared/pipeline/dispatcher/reconcile-periodically.ts";
import { createMemory, type Memory } from "../../shared/testing/memory.ts";
import { createDecisions, type Decisions, type Selection } from "./decisions.ts";
import { createEffectLedger, type EffectLedger } from "./effect-ledger.ts";
import { observeRuns } from "./observe-runs.ts";
import type { Process } from "./process.ts";

export const second = 1_000;
export const minute = 60_000;

export interface Simulation {
  readonly seed: number;
  /** How likely each fault is, in percent. */
  readonly rate: number;
  readonly selection: Selection;
}

/** What all parts of one simulated run of the pipeline share. */
export interface World extends Simulation {
  readonly memory: Memory;
  readonly decisions: Decisions;
  readonly ledger: EffectLedger;
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Processes that have not ended. */
  readonly live: Set<Process>;
  /** The code that each deployment runs, oldest first. */
  readonly registries: Registry[];
  /** Reconciles the schedules of each deployment. */
  readonly reconcilers: Map<Registry, ReconcilePeriodically>;
  /** Errors of code that must never throw. */
  readonly crashes: string[];
  /** Whether anything may go wrong. False before the first deploy, and once faults have ended. */
  isFaulty: boolean;
  /** Milliseconds since it began. */
  elapsed(): number;
  /** A name that was not used before: `worker`, then `worker (2)`. */
  unique(name: string): string;
  /** A fault of the whole simulation, decided at the first call. */
  faultForAll(key: string, share: number): boolean;
  /** Whether a fault happens. `share` says how likely it is in comparison with the rate. */
  fault(key: string, share: number): boolean;
}

export const createWorld = (simulation: Simulation): World => {
  const memory = createMemory();
  const ledger = createEffectLedger();
  const startedAt = memory.clock.now();
  const elapsed = () => memory.clock.now() - startedAt;
  const decisions = createDecisions({ ...simulation, elapsed });
  const names = new Map<string, number>();
  const decided = new Map<string, boolean>();
  observeRuns(memory, ledger);
  const world: World = {
    ...simulation,
    memory,
    decisions,
    ledger,
    startedAt,
    elapsed,
    live: new Set(),
    registries: [],
    reconcilers: new Map(),
    crashes: [],
    isFaulty: false,
    unique: (name) => {
      const count = (names.get(name) ?? 0) + 1;
      names.set(name, count);
      return count === 1 ? name : `${name} (${count})`;
    },
    faultForAll: (key, share) => {
      if (!world.isFaulty) return false;
      const isDecided = decided.get(key) ?? world.fault(key, share);
      decided.set(key, isDecided);
      return isDecided;
    },
    fault: (key, share) =>
      world.isFaulty &&
      decisions.take({ kind: "fault", key, chance: Math.min(1, (simulation.rate / 100) * share) }),
  };
  return world;
};

/** `03:20.500`, since the simulation began. */
export const clockText = (elapsedMs: number): string => {
  const [minutes, seconds] = [Math.floor(elapsedMs / minute), (elapsedMs % minute) / second];
  return `${String(minutes).padStart(2, "0")}:${seconds.toFixed(3).padStart(6, "0")}`;
};
