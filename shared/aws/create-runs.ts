import { ConditionalCheckFailedException, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Run } from "../core/run.ts";
import type { Created } from "../ports.ts";
import { execute, type Outcome } from "./execute.ts";
import { hasExpired, type Item } from "./item.ts";
import { createStatement, replaceRequest, runItem } from "./run-requests.ts";
import { readRunItems, runIn } from "./run-rows.ts";
import type { Store } from "./store.ts";

/**
 * Conditional inserts. Each call signs its rows with a nonce, so that a row found in the way is known for our own when
 * the SDK sent the insert twice, its first reply being lost.
 */
export const createRows = async (
  store: Store,
  runs: readonly Run[],
  nonce = store.random.id(store.clock.now()),
): Promise<readonly Created[]> => {
  const outcomes = await execute(
    store,
    runs.map((run) => createStatement(store.tables.runs, run, nonce)),
  );
  const taken = runs.filter((_, i) => outcomes[i]?.kind !== "done");
  const items = await readRunItems(
    store,
    taken.map(({ id }) => id),
  );
  return await Promise.all(
    runs.map((run, i) => {
      const outcome = outcomes[i];
      return outcome?.kind === "done"
        ? { created: true }
        : inTheWay(store, { run, nonce, item: items.get(run.id), outcome });
    }),
  );
};

interface Obstacle {
  readonly run: Run;
  readonly nonce: string;
  readonly item: Item | undefined;
  readonly outcome: Outcome | undefined;
}

const inTheWay = async (store: Store, obstacle: Obstacle): Promise<Created> => {
  const { run, nonce, item, outcome } = obstacle;
  if (!item) return { created: false, failed: `run "${run.id}" was not written: ${JSON.stringify(outcome)}` };
  if (isOurs(item, run, nonce)) return { created: true };
  if (hasExpired(item, store.clock.now())) return await replace(store, run, nonce, item);
  const existing = runIn(store, item);
  return existing
    ? { created: false, existing }
    : { created: false, failed: `run "${run.id}" was not written: the row in its place is not readable` };
};

/** Not ours any more if somebody has claimed it meanwhile. */
const isOurs = ({ nonce: signature, token }: Item, run: Run, nonce: string): boolean =>
  signature?.S === nonce && token?.S === run.token;

/** A row past its TTL may stand for days, and counts as absent. */
const replace = async (store: Store, run: Run, nonce: string, { ttl }: Item): Promise<Created> => {
  const request = replaceRequest(store.tables.runs, runItem(run, nonce), ttl?.N ?? "");
  try {
    await store.dynamodb.send(new PutItemCommand(request));
    return { created: true };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  // Whoever was faster has just written it: this time it is no relic.
  const [answer] = await createRows(store, [run], nonce);
  if (!answer) throw new Error("one row, no answer");
  return answer;
};
