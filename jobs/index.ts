import { heartbeat } from "./heartbeat.ts";
import { sendEmail } from "./send-email.ts";
import { weatherReport } from "./weather-report.ts";

/** Every job of this deployment. A job that is not here cannot be enqueued, scheduled or run. */
export const jobs = [heartbeat, sendEmail, weatherReport];
