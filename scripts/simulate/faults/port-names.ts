import type { Ports } from "../../../shared/ports/index.ts";

/** The ports whose requests may fail: the queue, and the store behind all the others. */
export const portNames = [
  "queue",
  "runs",
  "payloads",
  "attempts",
  "metrics",
  "schedules",
  "ledger",
  "notes",
  "watermarks",
  "jobNames",
] as const satisfies readonly (keyof Ports)[];
export type PortName = (typeof portNames)[number];
