import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers";
import { durationMs } from "../../core/duration.ts";
import type { Ports } from "../../ports/index.ts";
import { interceptPorts, type PortCall } from "../memory/intercept-ports.ts";
import type { Faults } from "./faults.ts";

/** One invocation of a function. It can be killed. */
export interface Process {
  readonly label: string;
  readonly ports: Ports;
  /** When Lambda ends it, in milliseconds since 1970. */
  readonly deadlineAt: number;
  /** Aborted when it is killed: from then on its requests have no effect and are never answered. */
  readonly killed: AbortSignal;
  kill(): void;
}

/** A promise that never settles. A new one each time, so that what waits for it can be collected. */
export const forever = (): Promise<never> => new Promise<never>(() => undefined);

const scope = new AsyncLocalStorage<Process>();

/** The process whose code is running. */
export const currentProcess = (): Process | undefined => scope.getStore();

/** The functions of a pipeline that are at work. */
export interface Processes {
  readonly live: ReadonlySet<Process>;
  /** Run code as a process, until it ends or the process is killed. */
  start(options: ProcessOptions, main: (process: Process) => Promise<void>): void;
  /** Kill what is past its deadline, as Lambda does. */
  killOverdue(): void;
  /** The error of code that must never throw. */
  crash(): unknown;
}

interface ProcessOptions {
  readonly label: string;
  readonly timeoutMs: number;
  /** Whether its clock may be wrong. */
  readonly isSkewable?: boolean;
}

export const createProcesses = (ports: Ports, faults: Faults): Processes => {
  const live = new Set<Process>();
  let crash: unknown;
  const start: Processes["start"] = (options, main) => {
    const process = createProcess(ports, faults, options);
    live.add(process);
    process.killed.addEventListener("abort", () => live.delete(process));
    scope
      .run(process, () => main(process))
      .catch((error: unknown) => {
        crash ??= error;
      })
      .finally(() => live.delete(process));
  };
  return {
    live,
    start,
    killOverdue: () => {
      for (const process of [...live]) if (process.deadlineAt <= ports.clock.now()) process.kill();
    },
    crash: () => crash,
  };
};

const createProcess = (
  ports: Ports,
  faults: Faults,
  { label, timeoutMs, isSkewable = false }: ProcessOptions,
): Process => {
  const control = new AbortController();
  const isDead = () => control.signal.aborted;
  const clock = processClock(ports.clock, {
    skewMs: isSkewable ? skewOf(faults) : 0,
    isDead,
  });
  return {
    label,
    deadlineAt: ports.clock.now() + timeoutMs,
    killed: control.signal,
    kill: () => control.abort(),
    ports: {
      ...interceptPorts(ports, async (call) => {
        if (isDead()) return await forever();
        const answer = await withFaults(faults, call);
        return isDead() ? await forever() : answer;
      }),
      clock,
    },
  };
};

const skewOf = (faults: Faults): number => {
  const skew = faults.lasting("clock-skewed");
  if (!skew) return 0;
  return durationMs(skew.by, "by") * (skew.direction === "ahead" ? 1 : -1);
};

/** Pauses in which a worker gathers requests. They take no virtual time, so that what ends, has ended when `advance` returns. */
const gatheringMs = 5;

const processClock = (
  clock: Ports["clock"],
  { skewMs, isDead }: { readonly skewMs: number; readonly isDead: () => boolean },
): Ports["clock"] => ({
  now: () => clock.now() + skewMs,
  sleep: async (ms, signal) => {
    if (ms <= gatheringMs) await new Promise<void>((resolve) => void setImmediate(resolve));
    else await clock.sleep(ms, signal);
    if (isDead()) await forever();
  },
});

/** Make a request, unless a fault keeps it from its port or its reply from the caller. */
export const withFaults = async (faults: Faults, call: PortCall): Promise<unknown> => {
  const { port, method, act } = call;
  if (faults.lasting(port === "queue" ? "queue-down" : "store-throttled"))
    throw new Error(`injected fault: ${port}.${method} failed`);
  const job = outcomeOf(call);
  if (job === undefined) return await act();
  if (faults.take("outcome-not-written", job)) throw new Error("injected fault: the outcome was not written");
  const answer = await act();
  if (faults.take("outcome-reply-lost", job))
    throw new Error("injected fault: the reply to the write of the outcome was lost");
  return answer;
};

/** The job of a run whose outcome a request writes, if it does: a change of the state that its worker's token fences. */
const outcomeOf = ({ port, method, args: [changes] }: PortCall): string | undefined => {
  if (port !== "runs" || method !== "change" || !Array.isArray(changes)) return undefined;
  const outcome: unknown = changes.find(
    (change) => change.when?.token !== undefined && change.set?.state !== undefined,
  );
  const id: unknown =
    typeof outcome === "object" && outcome !== null ? Reflect.get(outcome, "id") : undefined;
  return typeof id === "string" ? id.slice(0, id.indexOf(":")) : undefined;
};
