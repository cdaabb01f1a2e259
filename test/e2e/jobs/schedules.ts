import { heartbeat } from "../../../jobs/heartbeat.ts";
import { every, schedule } from "../../../shared/index.ts";

export const schedules = [schedule(every("5 seconds"), heartbeat)];
