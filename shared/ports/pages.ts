export interface Page {
  readonly ids: readonly string[];
  readonly next?: string;
}

export interface DueQuery {
  readonly shard: number;
  /** Due at or before. There is no lower bound: an entry leaves the index only by its own write. */
  readonly until: number;
  readonly limit: number;
  readonly after?: string;
}
