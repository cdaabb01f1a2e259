import { runCancel, runRetime } from "./operations/change-run.ts";
import {
  scheduleBackfill,
  scheduleDelete,
  schedulePause,
  scheduleResume,
  scheduleTrigger,
} from "./operations/control-schedule.ts";
import { discardDeadLetters, listDeadLetters, showDeadLetter } from "./operations/dead-letters.ts";
import { scheduleCreate, scheduleEdit } from "./operations/define-schedule.ts";
import { enqueueRun } from "./operations/enqueue-run.ts";
import { scheduleExplain } from "./operations/explain-schedule.ts";
import { showLanes } from "./operations/lanes.ts";
import { listRuns } from "./operations/list-runs.ts";
import type { Operation } from "./operations/operation.ts";
import { countDeadRuns, retryRuns, runRetry } from "./operations/retry-runs.ts";
import { scheduleAudit, scheduleHistory } from "./operations/schedule-ledger.ts";
import { listSchedules, scheduleShow } from "./operations/schedules.ts";
import { showRun } from "./operations/show-run.ts";

/** Everything an operator can do. Whatever shows or does something is a view of this list. */
export const operations: readonly Operation[] = [
  listRuns,
  showRun,
  runCancel,
  runRetime,
  runRetry,
  countDeadRuns,
  retryRuns,
  enqueueRun,
  listSchedules,
  scheduleShow,
  scheduleExplain,
  scheduleCreate,
  scheduleEdit,
  schedulePause,
  scheduleResume,
  scheduleTrigger,
  scheduleBackfill,
  scheduleDelete,
  scheduleHistory,
  scheduleAudit,
  showLanes,
  listDeadLetters,
  showDeadLetter,
  discardDeadLetters,
];
