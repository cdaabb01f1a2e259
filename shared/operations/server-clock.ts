import type { Ports } from "../ports/index.ts";

const reportedMs = 5_000;

/**
 * The ports with the clock of the server in place of this machine's. What an operator changes counts from an instant,
 * and the machines that act on it go by the server's clock: by another one, occurrences would run on the wrong side of
 * a pause, or be skipped.
 */
export const onServerClock = async (ports: Ports): Promise<Ports> => {
  const { clock, log } = ports;
  const offset = (await ports.serverTime()) - clock.now();
  if (offset === 0) return ports;
  if (Math.abs(offset) >= reportedMs)
    log.warn("the clock of this machine is wrong: the server's is used", { aheadMs: -offset });
  return { ...ports, clock: { ...clock, now: () => clock.now() + offset } };
};
