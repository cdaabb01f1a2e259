import type { Registry } from "../../core/jobs/registry.ts";
import { type Reconciled, type ReconcilePorts, reconcile } from "./reconcile.ts";

/** An environment of the previous deployment that starts late can undo a new one for at most this long. */
const intervalMs = 10 * 60_000;

/**
 * Reconciles at the first call, after a failure, and otherwise every ten minutes. A new deployment starts new execution
 * environments, each of which makes a first call.
 * @returns what was reconciled, or undefined when it was not due
 */
export type ReconcilePeriodically = (
  ports: ReconcilePorts,
  registry: Registry,
) => Promise<Reconciled | undefined>;

/** One per execution environment and registry: it remembers when it last succeeded. */
export const createReconcilePeriodically = (): ReconcilePeriodically => {
  let lastAt = Number.NEGATIVE_INFINITY;
  return async (ports, registry) => {
    const now = ports.clock.now();
    if (now < lastAt + intervalMs) return undefined;
    const reconciled = await reconcile(ports, registry);
    lastAt = now;
    return reconciled;
  };
};
