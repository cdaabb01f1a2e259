import type { Ports } from "../ports/index.ts";

/** When an invocation must have finished. */
export interface TimeBudget {
  readonly ports: Pick<Ports, "clock">;
  /** Milliseconds since 1970. */
  readonly deadlineAt: number;
}

/** Reserved at the end of a tick, which leaves the rest to the next tick. */
const reserveMs = 10_000;

export const hasTime = ({ ports, deadlineAt }: TimeBudget, spare = reserveMs): boolean =>
  ports.clock.now() < deadlineAt - spare;

export const isPaced = ({
  ports,
  pacedUntil,
}: Pick<TimeBudget, "ports"> & { readonly pacedUntil: number }): boolean => ports.clock.now() < pacedUntil;
