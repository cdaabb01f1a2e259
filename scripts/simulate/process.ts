import type { Ports } from "../../shared/ports/index.ts";

/** One invocation of a function, or one command of an operator. It can be killed at any of its writes. */
export interface Process {
  readonly label: string;
  /** The outside as this process sees it: with its faults, and by its own clock. */
  readonly ports: Ports;
  /** How far its clock is ahead, in milliseconds. */
  readonly skewMs: number;
  /** When it is ended at the latest, by true time. */
  readonly deadlineAt: number;
  isDead(): boolean;
  /** From now on nothing that it does happens. */
  kill(): void;
}

/** What a killed process waits for. A promise of its own each time, so that nothing keeps what waits for it in memory. */
export const forever = (): Promise<never> => new Promise<never>(() => undefined);
