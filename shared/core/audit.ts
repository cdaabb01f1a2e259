import type { LedgerEntry } from "./occurrence.ts";

/** What a ledger says of one instant, the last word on it. */
export type Told =
  | {
      readonly at: number;
      readonly fate: "fired" | "caught-up";
      readonly toldAt: number;
      readonly lateMs: number;
    }
  | { readonly at: number; readonly fate: "skipped"; readonly toldAt: number; readonly reason: string };

export interface Audit {
  readonly due: number;
  readonly fired: number;
  readonly skipped: number;
  /** Due, and nobody says what became of it. */
  readonly holes: readonly number[];
  /** Told as fired, and not due by the rule as it is now: it was edited since, or fired by mistake. */
  readonly strangers: readonly number[];
}

/** Hold a ledger against an independent recomputation of what was due. */
export const auditLedger = (due: readonly number[], entries: readonly LedgerEntry[]): Audit => {
  const fired = new Set(entries.flatMap((entry) => entry.fired));
  const skips = entries.flatMap((entry) => entry.skipped);
  const isSkipped = (at: number): boolean => skips.some(({ from, to }) => from <= at && at <= to);
  const known = new Set(due);
  const [first = 0, last = 0] = [due[0], due.at(-1)];
  return {
    due: due.length,
    fired: due.filter((at) => fired.has(at)).length,
    skipped: due.filter((at) => !fired.has(at) && isSkipped(at)).length,
    holes: due.filter((at) => !fired.has(at) && !isSkipped(at)),
    strangers: [...fired].filter((at) => at >= first && at <= last && !known.has(at)).sort((a, b) => a - b),
  };
};

/**
 * One line per due instant, newest first. A worker knows more than the dispatcher that sent the run, so its word
 * counts; a run of neighbours that was skipped for one reason comes back as the instants that the rule has there.
 */
export const tellInstants = (
  entries: readonly LedgerEntry[],
  instantsIn: (from: number, to: number) => readonly number[],
): readonly Told[] => {
  const told = new Map<number, Told>();
  for (const entry of [...entries].sort(bySay)) {
    for (const line of linesOf(entry, instantsIn)) told.set(line.at, line);
  }
  return [...told.values()].sort((a, b) => b.at - a.at);
};

const say = { dispatcher: 0, operator: 1, worker: 2 } as const;
const bySay = (a: LedgerEntry, b: LedgerEntry): number => say[a.by] - say[b.by] || a.toldAt - b.toldAt;

const linesOf = (
  { fired, caughtUp, skipped, toldAt }: LedgerEntry,
  instantsIn: (from: number, to: number) => readonly number[],
): readonly Told[] => [
  ...skipped.flatMap(({ from, to, reason }) =>
    instantsIn(from, to).map((at): Told => ({ at, fate: "skipped", toldAt, reason })),
  ),
  ...fired.map((at, i): Told => {
    const fate = i < caughtUp ? "caught-up" : "fired";
    return { at, fate, toldAt, lateMs: Math.max(0, toldAt - at) };
  }),
];
