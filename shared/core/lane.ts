import { durationMs } from "./duration.ts";

/**
 * The lanes, most urgent first. Queues, dead-letter queues, worker functions, alarms and the rows of every view
 * derive from this tuple.
 *
 * - `timeout` bounds one invocation of the lane's worker, and so every job on it.
 * - `share` is the lane's part of the concurrency that the workers have together. AWS knows no priority between
 *   queues, so a priority is a share; `low` keeps one, so that nothing starves.
 */
export const lanes = [
  { name: "critical", timeout: "1 minute", share: 0.4 },
  { name: "high", timeout: "2 minutes", share: 0.3 },
  { name: "normal", timeout: "5 minutes", share: 0.2 },
  { name: "low", timeout: "15 minutes", share: 0.1 },
] as const;

type Lane = (typeof lanes)[number];
export type LaneName = Lane["name"];

export const laneNames: readonly LaneName[] = lanes.map((lane) => lane.name);

export const isLaneName = (text: string): text is LaneName => laneNames.some((name) => name === text);

/** How long one invocation of the lane's worker may take. */
export const laneTimeoutMs = (name: LaneName): number =>
  lanes.reduce(
    (ms, lane) => (lane.name === name ? durationMs(lane.timeout, `lane ${name}: timeout`) : ms),
    0,
  );

/** Kept free at the end of every invocation: to abort handlers, to write what they did, and to answer. */
export const closingMs = 5_000;

/**
 * How long a received message stays hidden: six times the function's timeout, so that Lambda has room to retry when
 * it is throttled mid-batch (AWS Lambda developer guide, "Configuring an SQS event source").
 */
export const visibilityMs = (name: LaneName): number => 6 * laneTimeoutMs(name);

/**
 * Receives after which SQS itself moves a message to the dead-letter queue. A safety net: it catches only what
 * crashes before any claim, since a worker parks a run that comes near it. AWS asks for at least 5.
 */
export const maxReceiveCount = 12;

/** SQS keeps messages at most this long; the default of 4 days would lose work. */
export const messageRetentionMs = 14 * 86_400_000;
