import type { Ports } from "../../shared/ports/index.ts";

/** One invocation of a function, or one command of an operator. It can be killed at any of its writes. */
export interface Process {
  readonly label: string;
  /** The ports of this process, with its faults and its own clock. */
  readonly ports: Ports;
  /** How far its clock is ahead, in milliseconds. */
  readonly skewMs: number;
  /** When it is ended at the latest, by true time. */
  readonly deadlineAt: number;
  isDead(): boolean;
  /** From now on its calls have no effect. */
  kill(): void;
}

/**
 * A promise that never resolves, for a killed process. A new one each time, so that its waiters can be
 * garbage-collected.
 */
export const forever = (): Promise<never> => new Promise<never>(() => undefined);
