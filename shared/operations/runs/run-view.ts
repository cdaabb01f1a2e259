import { isoText } from "../../core/instant-text.ts";
import type { Run } from "../../core/runs/run.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";

/** A run as one line of a list. Instants are ISO 8601. */
export interface RunSummary {
  readonly id: string;
  readonly job: string;
  readonly state: Run["state"];
  readonly lane: Run["lane"];
  readonly schedule?: string;
  readonly tenant?: string;
  /** Attempts made, all redrives together. */
  readonly attempts: number;
  readonly createdAt: string;
  readonly dueAt: string;
  /** Of the last attempt. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** When the run may be claimed next. Past: it waits for a worker. */
  readonly nextAttemptAt?: string;
  /** Why it ended as it did. */
  readonly reason?: string;
  /** The last failure, whatever came after. */
  readonly error?: Run["error"];
}

export const summaryOf = (run: Run): RunSummary =>
  withoutUndefined({
    id: run.id,
    job: run.job,
    state: run.state,
    lane: run.lane,
    schedule: run.schedule,
    tenant: run.tenant,
    attempts: run.claimCount,
    createdAt: iso(run.createdAt),
    dueAt: iso(run.dueAt),
    ...("startedAt" in run && run.startedAt !== undefined && { startedAt: iso(run.startedAt) }),
    ...("endedAt" in run && { endedAt: iso(run.endedAt) }),
    ...(isWaiting(run) && { nextAttemptAt: iso(run.availableAt) }),
    ...("reason" in run && { reason: run.reason }),
    ...(run.error && { error: run.error }),
  });

const isWaiting = ({ state }: Run): boolean => state === "queued" || state === "retry" || state === "parked";

export const iso = isoText;
