import { type Run, runSchema } from "../../core/runs/run.ts";
import { readItems } from "./batches.ts";
import { type Item, rowOf } from "./item.ts";
import { toFields } from "./run-attributes.ts";
import { runKey } from "./run-requests.ts";
import type { Store } from "./store.ts";

/** Read the items of runs by their ids, consistently. */
export const readRunItems = async (
  store: Store,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Item>> => {
  const items = await readItems(store, store.tables.runs, [...new Set(ids)].map(runKey));
  return new Map(items.map((item) => [idOf(item), item]));
};

const idOf = ({ id }: Item): string => id?.S ?? "";

export const runIn = ({ clock, log }: Store, item: Item | undefined): Run | undefined =>
  rowOf(runSchema, item && toFields(item), { now: clock.now(), log });
