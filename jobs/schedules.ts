import { cron, every, schedule } from "millrace";
import { heartbeat } from "./heartbeat.ts";
import { weatherReport } from "./weather-report.ts";

/** The crontab of this deployment. */
export const schedules = [
  schedule(every("30 seconds"), heartbeat),
  schedule(every("1 minute"), weatherReport, { year: 2015 }, { name: "weather" }),
  schedule(cron("0 6 1 * *", "America/Los_Angeles"), weatherReport, {}, { name: "weather-monthly" }),
];
