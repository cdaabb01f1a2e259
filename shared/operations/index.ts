import { laneShow } from "./lanes/show-lanes.ts";
import type { Operation } from "./operation.ts";
import { runCancel, runReschedule } from "./runs/change-run.ts";
import { deadLetterDiscard, deadLetterList, deadLetterShow } from "./runs/dead-letters.ts";
import { runEnqueue } from "./runs/enqueue-run.ts";
import { runList } from "./runs/list-runs.ts";
import { runCountDead, runRetry, runRetryDead } from "./runs/retry-runs.ts";
import { runShow } from "./runs/show-run.ts";
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
import { scheduleList, scheduleShow } from "./schedules/schedules.ts";

/** Everything an operator can do. Whatever shows or does something is a view of this list. */
export const operations: readonly Operation[] = [
  runList,
  runShow,
  runCancel,
  runReschedule,
  runRetry,
  runCountDead,
  runRetryDead,
  runEnqueue,
  scheduleList,
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
  laneShow,
  deadLetterList,
  deadLetterShow,
  deadLetterDiscard,
];
