import { expiryOf } from "../../../core/runs/rescue.ts";
import { crashesOf, crashReason, maxCrashes } from "../../../core/runs/run.ts";
import { dead, earlyEnd, type Gate } from "./gate.ts";

/** Expires a run with `expiresIn` that no attempt has started in time. */
export const expiry: Gate = ({ batch, run }) => {
  const expired = expiryOf(run, run.claimCount - 1, batch.ports.clock.now());
  return expired && earlyEnd(expired);
};

/** Cancels a run whose cancellation was requested while a worker held it that was killed before it noticed. */
export const cancellation: Gate = ({ run: { cancelRequested } }) =>
  cancelRequested ? earlyEnd({ kind: "cancelled", reason: cancelRequested }) : undefined;

/** Ends a run that has killed its workers. */
export const crashLimit: Gate = ({ run }) =>
  crashesOf(run) >= maxCrashes ? dead(crashReason(crashesOf(run))) : undefined;
