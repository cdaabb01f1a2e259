import { failingJob } from "./failing-jobs.ts";
import { heartbeatJob } from "./heartbeat-job.ts";
import { sideEffectJob } from "./side-effect-job.ts";

export const jobs = [sideEffectJob, heartbeatJob, failingJob];
