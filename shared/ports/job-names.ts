/** Every job name that was ever deployed or enqueued, so that the sweeper finds the runs of any job. */
export interface JobNames {
  list(): Promise<readonly string[]>;
  /** Register names before runs of these jobs are written. Costs nothing for names that this instance registered before. */
  ensure(names: readonly string[]): Promise<void>;
}
