import { expiryOf } from "../../../core/runs/rescue.ts";
import { crashesOf, maxCrashes } from "../../../core/runs/run.ts";
import { dead, earlyEnd, type Gate } from "./gate.ts";

/** A run with `expiresIn` that no attempt has started in time. */
export const expiry: Gate = ({ batch, run }) => {
  const expired = expiryOf(run, run.claimCount - 1, batch.ports.clock.now());
  return expired && earlyEnd(expired);
};

/** The cancellation was requested while a worker held the run that was killed before it noticed. */
export const cancellation: Gate = ({ run: { cancelRequested } }) =>
  cancelRequested ? earlyEnd({ kind: "cancelled", reason: cancelRequested }) : undefined;

/** A run that kills its workers is taken for the cause. */
export const crashLimit: Gate = ({ run }) =>
  crashesOf(run) >= maxCrashes
    ? dead(`its worker was killed ${crashesOf(run)} times while it ran`)
    : undefined;
