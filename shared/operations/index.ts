import { showLanes } from "./lanes/show-lanes.ts";
import type { Operation } from "./operation.ts";
import { runCancel, runRetime } from "./runs/change-run.ts";
import { discardDeadLetters, listDeadLetters, showDeadLetter } from "./runs/dead-letters.ts";
import { enqueueRun } from "./runs/enqueue-run.ts";
import { listRuns } from "./runs/list-runs.ts";
import { countDeadRuns, retryRuns, runRetry } from "./runs/retry-runs.ts";
import { showRun } from "./runs/show-run.ts";
import {
  scheduleBackfill,
  scheduleDelete,
  schedulePause,
  scheduleResume,
  scheduleTrigger,
} from "./schedules/control-schedule.ts";
import { scheduleCreate, scheduleEdit } from "./schedules/define-schedule.ts";
import { scheduleExplain } from "./schedules/explain-schedule.ts";
import { scheduleAudit, scheduleHistory } from "./schedules/schedule-ledger.ts";
import { listSchedules, scheduleShow } from "./schedules/schedules.ts";

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
