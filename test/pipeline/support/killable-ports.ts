import type { Ports } from "../../../shared/ports/index.ts";
import { interceptPorts } from "../../../shared/testing/memory/intercept-ports.ts";

/** When a process is killed: at which of its writes. */
export interface KillPoint {
  readonly call: number;
  /** Before the call is made; after it took effect, with its reply lost. */
  readonly phase: "before" | "after";
}

const forever = new Promise<never>(() => undefined);

/** Calls that change nothing. A kill at a read is the same as one before the next write. */
const reads: ReadonlySet<string> = new Set([
  "queue.depth",
  "runs.read",
  "runs.list",
  "runs.due",
  "payloads.load",
  "metrics.read",
  "attempts.list",
  ...["due", "read", "all", "marks", "jobNames", "ledger"].map((name) => `schedules.${name}`),
]);

/**
 * The ports of a process that is killed at one of its writes: from then on its calls have no effect and never answer.
 */
export const killablePorts = (ports: Ports, death?: KillPoint) => {
  const calls: string[] = [];
  let isDead = false;
  const call = async (name: string, act: () => Promise<unknown>): Promise<unknown> => {
    if (isDead) return await forever;
    if (reads.has(name)) return await act();
    const number = calls.push(name) - 1;
    const isLast = death?.call === number;
    if (isLast) isDead = true;
    if (isLast && death.phase === "before") return await forever;
    const answer = await act();
    return isDead ? await forever : answer;
  };
  return {
    calls,
    isDead: () => isDead,
    ports: interceptPorts(ports, async ({ port, method, act }) => await call(`${port}.${method}`, act)),
  };
};
