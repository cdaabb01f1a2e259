import { heartbeat } from "../../../jobs/heartbeat.ts";
import { weatherReport } from "../../../jobs/weather-report.ts";
import { shipOrder } from "./ship-order.ts";

/** What the end-to-end test deploys: jobs of this project as they are, and one that has a bug. */
export const jobs = [heartbeat, weatherReport, shipOrder];
