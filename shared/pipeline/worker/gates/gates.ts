import { cancellation, crashLimit, expiry } from "./ended-gates.ts";
import type { Gate } from "./gate.ts";
import { knownJob, laneTimeout } from "./job-gates.ts";
import { overlap } from "./overlap-gate.ts";
import { schedule } from "./schedule-gate.ts";
import { isolation, timeBudget } from "./time-gates.ts";

/**
 * All gates, in order. Those for runs that end anyway come first, the one that takes a slot (overlap) last but one. The
 * time budget is checked at the end, since the gates before it take time. A new gate is one more entry.
 */
export const defaultGates: readonly Gate[] = [
  expiry,
  cancellation,
  crashLimit,
  schedule,
  knownJob,
  laneTimeout,
  isolation,
  overlap,
  timeBudget,
];
