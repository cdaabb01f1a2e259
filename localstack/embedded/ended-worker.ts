/** An attempt whose handler is running, as reported by its execution environment. */
export interface StartedAttempt {
  readonly run: string;
  readonly startedAt: number;
  /** When its timeout is reached. */
  readonly endsAt: number;
}

/** How an execution environment ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when the host ended the environment. */
  readonly endedBy?: "stop" | "timeout" | "memory" | undefined;
  /** Whether V8 reported that its heap was full. */
  readonly isHeapFull: boolean;
  readonly memoryMb: number;
  readonly timeoutMs: number;
}

/** An execution environment that ended during an invocation, and what is known about the cause. */
export interface EndedWorker {
  /** The name of its log stream. */
  readonly name: string;
  /** The runs whose handlers had started. Their effects cannot be undone. */
  readonly started: ReadonlySet<string>;
  /** The started runs that may be the cause, each with what happened. */
  readonly suspects: ReadonlyMap<string, string>;
}

/**
 * Returns the runs that may have ended their worker: all whose handlers had started, or only those past their timeout if
 * one of them did not yield. Empty when the host was stopped.
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

/** Only the watchdog in the function's process and the host send this signal. */
const isKilledByWatchdog = ({ signal, endedBy }: ProcessEnd): boolean =>
  signal === "SIGKILL" && endedBy === undefined;

const neverYielded = ({ startedAt, endsAt }: StartedAttempt): string =>
  `killed after its ${seconds(endsAt - startedAt)} timeout: the handler never yielded`;

const causeOf = ({ endedBy, isHeapFull, memoryMb, timeoutMs, signal, exitCode }: ProcessEnd): string => {
  if (endedBy === "memory" || isHeapFull) return `out of memory (${memoryMb} MB)`;
  if (endedBy === "timeout") return `the function's ${seconds(timeoutMs)} timeout was reached while it ran`;
  if (signal) return `process ended by ${signal} while it ran`;
  return `process exited with code ${exitCode} while it ran`;
};

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
