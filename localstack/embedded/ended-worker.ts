/** An attempt that an execution environment has reported: its handler runs. */
export interface StartedAttempt {
  readonly run: string;
  readonly startedAt: number;
  /** When its time is up. */
  readonly endsAt: number;
}

/** How an execution environment ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when the host ended it. */
  readonly endedBy?: "stop" | "timeout" | "memory" | undefined;
  /** Whether V8 reported that its heap was full. */
  readonly isHeapFull: boolean;
  readonly memoryMb: number;
  readonly timeoutMs: number;
}

/** An execution environment that ended while it worked on an invocation, and what is known of the cause. */
export interface EndedWorker {
  /** Its name: that of its log stream. */
  readonly name: string;
  /** The runs whose handlers had started. What they did cannot be taken back. */
  readonly started: ReadonlySet<string>;
  /** Those of them that may be the cause, each with what happened. Empty: none is. */
  readonly suspects: ReadonlyMap<string, string>;
}

/**
 * Which runs may have ended their worker: those whose handlers had started, and if one of them did not yield, only
 * those whose time was up. When the host stops, nobody is to blame.
 */
export const suspectsOf = (
  started: readonly StartedAttempt[],
  end: ProcessEnd,
  at: number,
): ReadonlyMap<string, string> => {
  if (end.endedBy === "stop") return new Map();
  const overdue = started.filter(({ endsAt }) => endsAt <= at);
  const isBlocked = overdue.length > 0 && (end.endedBy === "timeout" || isKilledByWatchdog(end));
  if (isBlocked) return new Map(overdue.map((attempt) => [attempt.run, neverYielded(attempt)]));
  return new Map(started.map(({ run }) => [run, causeOf(end)]));
};

/** The watchdog in the function's own process ends it; nothing else sends this signal but the host. */
const isKilledByWatchdog = ({ signal, endedBy }: ProcessEnd): boolean =>
  signal === "SIGKILL" && endedBy === undefined;

const neverYielded = ({ startedAt, endsAt }: StartedAttempt): string =>
  `ended after its ${seconds(endsAt - startedAt)} timeout: it never yielded`;

const causeOf = ({ endedBy, isHeapFull, memoryMb, timeoutMs, signal, exitCode }: ProcessEnd): string => {
  if (endedBy === "memory" || isHeapFull) return `out of memory (${memoryMb} MB)`;
  if (endedBy === "timeout") return `the function's ${seconds(timeoutMs)} were over while it ran`;
  if (signal) return `process ended by ${signal} while it ran`;
  return `process exited with code ${exitCode} while it ran`;
};

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
