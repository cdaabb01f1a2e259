/** The names of all jobs that were ever deployed or enqueued, so that the sweeper finds the runs of any job. */
export interface JobNames {
  list(): Promise<readonly string[]>;
  /** Register names before runs of these jobs are written. Free for names that this instance has registered before. */
  ensure(names: readonly string[]): Promise<void>;
}
