/**
 * What really happened, written down by the handlers and the operators themselves. It shares no code with the product,
 * so that a mistake there cannot hide itself here.
 */
export interface Effect {
  readonly run: string;
  readonly dueAt: number;
  readonly startedAt: number;
  endedAt: number | undefined;
  outcome: "running" | "returned" | "threw" | "aborted";
  /** Whether the process that ran the handler was killed. */
  readonly isKilled: () => boolean;
}

export interface EffectLedger {
  /** A handler starts. Answers the entry, for its end. */
  start(begun: Pick<Effect, "run" | "dueAt" | "startedAt" | "isKilled">): Effect;
  of(run: string): readonly Effect[];
  readonly all: readonly Effect[];
  /** A run that a caller was promised. */
  promise(run: string): void;
  readonly promised: ReadonlySet<string>;
  /** A run that an operator cancelled, moved or asked to run again: some rules do not hold for it. */
  touch(run: string, verb: string): void;
  isTouched(run: string, verb: string): boolean;
}

export const createEffectLedger = (): EffectLedger => {
  const all: Effect[] = [];
  const byRun = new Map<string, Effect[]>();
  const promised = new Set<string>();
  const touched = new Set<string>();
  return {
    start: (begun) => {
      const effect: Effect = { ...begun, endedAt: undefined, outcome: "running" };
      all.push(effect);
      byRun.set(effect.run, [...(byRun.get(effect.run) ?? []), effect]);
      return effect;
    },
    of: (run) => byRun.get(run) ?? [],
    all,
    promise: (run) => void promised.add(run),
    promised,
    touch: (run, verb) => void touched.add(`${verb} ${run}`),
    isTouched: (run, verb) => touched.has(`${verb} ${run}`),
  };
};
