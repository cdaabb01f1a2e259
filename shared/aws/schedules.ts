import type { ScheduleChange, ScheduleRow } from "../core/schedules/schedule-row.ts";
import { scheduleTimerKey } from "../core/shard.ts";
import type { Page, Schedules } from "../ports/index.ts";
import { putItems, readItems } from "./dynamodb/batches.ts";
import { execute } from "./dynamodb/execute.ts";
import { type Item, itemOf, rowOf } from "./dynamodb/item.ts";
import { insertStatement } from "./dynamodb/partiql.ts";
import { namesIn, queryPage } from "./dynamodb/query.ts";
import { dueIn } from "./dynamodb/run-requests.ts";
import { changeScheduleStatement, scheduleItem, scheduleItemSchema } from "./dynamodb/schedule-requests.ts";
import { scheduleKey, scheduleNameKey, schedulesPartition } from "./dynamodb/state-keys.ts";
import type { Store } from "./dynamodb/store.ts";

/** The rows of schedules, in the state table. */
export const createSchedules = (store: Store): Schedules => {
  const table = store.tables.state;
  return {
    due: async (lane, query) => {
      const { items, next } = await queryPage(
        store,
        dueIn(table, scheduleTimerKey(lane, query.shard), query),
      );
      return toPage(items, next);
    },
    read: (names) => readRows(store, names),
    all: async () => [...(await readRows(store, await namesIn(store, schedulesPartition))).values()],
    create: (rows) => createRows(store, rows),
    change: (changes) => changeRows(store, changes),
  };
};

const reader = ({ clock, log }: Store) => ({ now: clock.now(), log });

const partitionPrefix = "S#";

const toPage = (items: readonly Item[], next: string | undefined): Page => {
  const ids = items.flatMap(({ pk }) => pk?.S?.slice(partitionPrefix.length) ?? []);
  return next === undefined ? { ids } : { ids, next };
};

const readRows = async (
  store: Store,
  names: readonly string[],
): Promise<ReadonlyMap<string, ScheduleRow>> => {
  const keys = [...new Set(names)].map((name) => itemOf(scheduleKey(name)));
  const items = await readItems(store, store.tables.state, keys);
  const rows = items.flatMap((item) => rowOf(scheduleItemSchema, item, reader(store)) ?? []);
  return new Map(rows.map(({ row }) => [row.name, row]));
};

/**
 * Insert rows. Names are listed first: a row whose name is not listed would be invisible, a name without a row is
 * harmless.
 */
const createRows = async (store: Store, rows: readonly ScheduleRow[]): Promise<readonly boolean[]> => {
  const table = store.tables.state;
  await putItems(
    store,
    table,
    rows.map(({ name }) => itemOf(scheduleNameKey(name))),
  );
  const outcomes = await execute(
    store,
    rows.map((row) => insertStatement(table, scheduleItem(row))),
  );
  return outcomes.map((outcome, i) => {
    if (outcome.kind === "failed")
      throw new Error(`schedule "${rows[i]?.name}" was not written: ${outcome.problem}`);
    return outcome.kind === "done";
  });
};

/** Replace rows. A failed change is answered as refused: the dispatcher plans it again, an operation reports it. */
const changeRows = async (store: Store, changes: readonly ScheduleChange[]): Promise<readonly boolean[]> => {
  const outcomes = await execute(
    store,
    changes.map((change) => changeScheduleStatement(store.tables.state, change)),
  );
  return outcomes.map((outcome, i) => {
    if (outcome.kind === "failed")
      store.log.warn("schedule not changed", { schedule: changes[i]?.row.name, ...outcome });
    return outcome.kind === "done";
  });
};
