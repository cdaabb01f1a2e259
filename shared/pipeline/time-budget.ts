import type { Ports } from "../ports/index.ts";

/** What an invocation must have finished by when. */
export interface TimeBudget {
  readonly ports: Pick<Ports, "clock">;
  /** Milliseconds since 1970. */
  readonly deadlineAt: number;
}

/** Kept free at the end of a tick: whatever is left is the next tick's. */
const reserveMs = 10_000;

export const hasTime = ({ ports, deadlineAt }: TimeBudget, spare = reserveMs): boolean =>
  ports.clock.now() < deadlineAt - spare;

export const isPaced = ({
  ports,
  pacedUntil,
}: Pick<TimeBudget, "ports"> & { readonly pacedUntil: number }): boolean => ports.clock.now() < pacedUntil;
