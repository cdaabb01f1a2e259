import { bringForward } from "../../core/runs/requeue.ts";
import type { Run } from "../../core/runs/run.ts";
import { isStillWaiting } from "../../core/schedules/overlap.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";
import { sendRuns } from "../runs/send-runs.ts";

type WakePorts = Pick<Ports, "clock" | "queue" | "runs" | "notes">;

/** A note cannot be taken away: this is what an empty slot says. */
export const emptySlot = "";

/** So long after it may be claimed, a run's worker was probably killed, and its message is far. */
const overdueMs = 30_000;

export const isOverdue = ({ availableAt }: Run, now: number): boolean => availableAt + overdueMs < now;

/**
 * Send the occurrence that waits until this run of its schedule has ended. To be called after the end; without the call
 * the occurrence finds out by itself, up to a minute later, or half an hour if the run was parked.
 */
export const wakeBuffered = async (
  ports: WakePorts,
  ended: Pick<Run, "id">,
  { name, policy }: ScheduleRow,
): Promise<void> => {
  if (policy.overlap !== "buffer-one") return;
  if ((await ports.notes.read(name, "running")) !== ended.id) return;
  const id = await ports.notes.read(name, "buffered");
  if (id === undefined || id === emptySlot || id === ended.id) return;
  const run = (await ports.runs.read([id])).get(id);
  if (run && isStillWaiting(run, ports.clock.now())) await sendNow(ports, run);
};

/** Send a run that waits now, unless its message is due anyway. */
export const sendNow = async (ports: WakePorts, run: Run): Promise<void> => {
  const now = ports.clock.now();
  const isWaiting = run.state === "queued" || run.state === "parked";
  if (!isWaiting || run.availableAt <= now) return;
  const [written] = await ports.runs.change([bringForward(run, now)]);
  if (written?.changed) await sendRuns(ports, [{ ...run, availableAt: now }], { isPaced: false });
};
