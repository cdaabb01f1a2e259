/** What of a deployed stage costs something while nothing is due. `npm run cost` reads it from the stage's template. */
export interface IdleShape {
  /** Metrics that alarms read; an alarm reads one or more. */
  readonly alarmMetrics: number;
  readonly customMetrics: number;
  /** Event source mappings that poll a queue. */
  readonly mappings: number;
  /** Memory in megabytes of each function that a rule invokes every minute. */
  readonly tickMemoryMb: readonly number[];
  /** Keys of KMS that belong to the account. */
  readonly keys: number;
}
