import { type LedgerEntry, ledgerPlace } from "../../core/schedules/ledger-entry.ts";
import { addCounts, noCounts } from "../../pipeline/worker/metrics-counter.ts";
import type {
  AttemptEntry,
  Attempts,
  Clock,
  JobNames,
  Ledger,
  Metrics,
  Notes,
  Payloads,
  Watermarks,
} from "../../ports/index.ts";

/** The smaller ports in memory: everything in the state table except the rows of schedules. */
export const createLedger = (): Ledger => {
  const entries = new Map<string, LedgerEntry>();
  return {
    record: async (written) => {
      for (const entry of written)
        entries.set(`${entry.schedule}#${ledgerPlace(entry)}`, structuredClone(entry));
    },
    list: async (name, { from = 0, until = Number.POSITIVE_INFINITY, limit }) =>
      [...entries]
        .filter(([, { schedule, at }]) => schedule === name && at >= from && at < until)
        .sort(([a], [b]) => (a < b ? 1 : -1))
        .slice(0, limit)
        .map(([, entry]) => entry),
  };
};

export const createNotes = (): Notes => {
  const notes = new Map<string, string>();
  return {
    read: async (name, kind) => notes.get(`${name}/${kind}`),
    swap: async (name, kind, from, to) => {
      const stored = notes.get(`${name}/${kind}`);
      if (stored === from) notes.set(`${name}/${kind}`, to);
      return stored === from || stored === to;
    },
  };
};

export const createWatermarks = (): Watermarks => {
  const marks = new Map<string, number>();
  return {
    advance: async (name, to) => {
      marks.set(name, Math.max(to, marks.get(name) ?? to));
      return marks.get(name) ?? to;
    },
    read: async () => new Map(marks),
  };
};

export const createJobNames = (): JobNames => {
  const names = new Set<string>();
  return {
    list: async () => [...names],
    ensure: async (registered) => {
      for (const name of registered) names.add(name);
    },
  };
};

export interface MemoryPayloads extends Payloads {
  /** A payload, at once. */
  peek(...payload: Parameters<Payloads["load"]>): string | undefined;
}

export const createPayloads = (clock: Clock): MemoryPayloads => {
  const payloads = new Map<string, { readonly text: string; readonly ttl: number }>();
  const peek: MemoryPayloads["peek"] = (runId, part) => {
    const payload = payloads.get(`${runId}/${part}`);
    return payload && payload.ttl * 1_000 > clock.now() ? payload.text : undefined;
  };
  return {
    save: async (runId, part, text, ttl) => void payloads.set(`${runId}/${part}`, { text, ttl }),
    load: async (runId, part) => peek(runId, part),
    peek,
  };
};

export const createAttempts = (clock: Clock): Attempts => {
  const entries = new Map<string, AttemptEntry>();
  return {
    record: async (written) => {
      for (const entry of written)
        entries.set(`${entry.runId}/${entry.record.claim}`, structuredClone(entry));
    },
    list: async (runId) =>
      [...entries.values()]
        .filter((entry) => entry.runId === runId && entry.ttl * 1_000 > clock.now())
        .map(({ record }) => record)
        .sort((a, b) => a.claim - b.claim),
  };
};

export const createMetrics = (environment = "memory"): Metrics => {
  const snapshots = new Map<string, Parameters<Metrics["save"]>>();
  return {
    save: async (minute, lane, counts) =>
      void snapshots.set(`${minute}/${lane}/${environment}`, [minute, lane, counts]),
    read: async (wanted) => {
      const lanes = new Map<Parameters<Metrics["save"]>[1], Parameters<Metrics["save"]>[2]>();
      for (const [minute, lane, counts] of snapshots.values()) {
        if (minute === wanted) lanes.set(lane, addCounts(lanes.get(lane) ?? noCounts, counts));
      }
      return lanes;
    },
  };
};
