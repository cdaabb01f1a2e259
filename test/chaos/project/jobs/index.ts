import { ill } from "./failing-jobs.ts";
import { beat } from "./heartbeat-job.ts";
import { act } from "./side-effect-job.ts";

export const jobs = [act, beat, ill];
