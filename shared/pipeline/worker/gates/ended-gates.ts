import { crashesOf, maxCrashes } from "../../../core/run.ts";
import { dead, earlyEnd, type Gate } from "./gate.ts";

/** A run with `expiresIn` that no attempt has started in time. */
export const expiry: Gate = ({ batch, run }) => {
  const hasStarted = run.attempt > 1;
  if (hasStarted || run.expiresAt === undefined || batch.ports.clock.now() <= run.expiresAt) return undefined;
  const reason = `no attempt had started by ${new Date(run.expiresAt).toISOString()}`;
  return earlyEnd({ kind: "expired", reason });
};

/** The cancellation was requested while a worker held the run that was killed before it noticed. */
export const cancellation: Gate = ({ run: { cancelAsked } }) =>
  cancelAsked ? earlyEnd({ kind: "cancelled", reason: cancelAsked }) : undefined;

/** A run that kills its workers is taken for the cause. */
export const crashLimit: Gate = ({ run }) =>
  crashesOf(run) >= maxCrashes
    ? dead(`its worker was killed ${crashesOf(run)} times while it ran`)
    : undefined;
