import type { JobNames } from "../ports/index.ts";
import { putItems } from "./dynamodb/batches.ts";
import { itemOf } from "./dynamodb/item.ts";
import { namesIn } from "./dynamodb/query.ts";
import { jobNameKey, jobsPartition } from "./dynamodb/state-keys.ts";
import type { Store } from "./dynamodb/store.ts";

/** The names of all jobs that have runs, in the state table. */
export const createJobNames = (store: Store): JobNames => {
  const registered = new Set<string>();
  return {
    list: () => namesIn(store, jobsPartition),
    ensure: async (names) => {
      const missing = [...new Set(names)].filter((name) => !registered.has(name));
      await putItems(
        store,
        store.tables.state,
        missing.map((name) => itemOf(jobNameKey(name))),
      );
      for (const name of missing) registered.add(name);
    },
  };
};
