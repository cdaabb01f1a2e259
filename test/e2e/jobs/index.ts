import { heartbeat } from "../../../jobs/heartbeat.ts";
import { weatherReport } from "../../../jobs/weather-report.ts";
import { shipOrder } from "./ship-order.ts";

/** The jobs of the end-to-end test: this project's own, and one with a bug. */
export const jobs = [heartbeat, weatherReport, shipOrder];
