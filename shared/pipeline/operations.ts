import { enqueueRun } from "./operations/enqueue-run.ts";
import { showLanes } from "./operations/lanes.ts";
import { listRuns } from "./operations/list-runs.ts";
import type { Operation } from "./operations/operation.ts";
import { listSchedules, scheduleHistory } from "./operations/schedules.ts";
import { showRun } from "./operations/show-run.ts";

/** Everything an operator can do. Whatever shows or does something is a view of this list. */
export const operations: readonly Operation[] = [
  listRuns,
  showRun,
  enqueueRun,
  listSchedules,
  scheduleHistory,
  showLanes,
];
