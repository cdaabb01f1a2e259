/**
 * The shape of a table. Infra deploys the two tables, and the embedded stack and the contract suite create them, so
 * there is one place to change a key. Every index is KEYS_ONLY: a change of a projected attribute would cost a write
 * unit, and every hit is read from the table anyway.
 */
export interface TableShape {
  readonly partitionKey: string;
  /** Always a string. */
  readonly sortKey?: string;
  /** The partition key is a string, and the sort key a number unless `sortsByText`. */
  readonly indexes: readonly {
    readonly name: string;
    readonly partitionKey: string;
    readonly sortKey: string;
    readonly sortsByText?: true;
  }[];
  readonly ttl: string;
}

/** One item per run; its id is `job:key`. */
export const runsTable = {
  partitionKey: "id",
  indexes: [
    { name: "list", partitionKey: "listKey", sortKey: "createdAt" },
    { name: "timers", partitionKey: "timerKey", sortKey: "timerAt" },
    { name: "dead", partitionKey: "deadKey", sortKey: "deadSort", sortsByText: true },
  ],
  ttl: "ttl",
} as const satisfies TableShape;

/** Schedules, their ledgers, payloads too large for a run's row, sweep marks, metrics. */
export const stateTable = {
  partitionKey: "pk",
  sortKey: "sk",
  indexes: [{ name: "timers", partitionKey: "timerKey", sortKey: "timerAt" }],
  ttl: "ttl",
} as const satisfies TableShape;

/**
 * Tags of every queue of a stage that name its tables. The queues have fixed names, and the tables have names that
 * CloudFormation makes. A client that knows the stage finds a queue by its name, and the tables by the queue's tags.
 */
export const tableTags = { runs: "millrace:runs-table", state: "millrace:state-table" } as const;
