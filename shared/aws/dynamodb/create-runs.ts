import { ConditionalCheckFailedException, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { failureOf } from "../../core/runs/failure.ts";
import type { Run } from "../../core/runs/run.ts";
import type { Created } from "../../ports/index.ts";
import { execute, type Outcome } from "./execute.ts";
import { hasExpired, type Item } from "./item.ts";
import { createStatement, replaceRequest, runItem } from "./run-requests.ts";
import { readRunItems, runIn } from "./run-rows.ts";
import type { Store } from "./store.ts";

/**
 * Insert rows that do not exist. Each call signs its rows with a nonce, by which it recognises its own row when the SDK
 * has sent an insert twice because the first reply was lost.
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
  const items = await readExisting(store, taken);
  return await Promise.all(
    runs.map(async (run, i): Promise<Created> => {
      const outcome = outcomes[i];
      if (outcome?.kind === "done") return { created: true };
      if (items instanceof Error) return inDoubt(run, outcome, items);
      return await resolveExisting(store, { run, nonce, item: items.get(run.id), outcome });
    }),
  );
};

/** Read the rows whose insert was not confirmed. An error leaves only these rows in doubt. */
const readExisting = async (
  store: Store,
  runs: readonly Run[],
): Promise<ReadonlyMap<string, Item> | Error> => {
  try {
    return await readRunItems(
      store,
      runs.map(({ id }) => id),
    );
  } catch (error) {
    const { name, message } = failureOf(error);
    return new Error(`${name}: ${message}`, { cause: error });
  }
};

const inDoubt = ({ id }: Run, outcome: Outcome | undefined, { message }: Error): Created => ({
  created: false,
  failed: `run "${id}" may not have been written: ${outcome?.kind === "failed" ? outcome.problem : message}`,
});

interface Refused {
  readonly run: Run;
  readonly nonce: string;
  readonly item: Item | undefined;
  readonly outcome: Outcome | undefined;
}

const resolveExisting = async (store: Store, obstacle: Refused): Promise<Created> => {
  const { run, nonce, item, outcome } = obstacle;
  if (!item)
    return { created: false, failed: `run "${run.id}" was not written: ${describeOutcome(outcome)}` };
  if (isOwnRow(item, run, nonce)) return { created: true };
  if (hasExpired(item, store.clock.now())) return await replaceExpired(store, run, nonce, item);
  const existing = runIn(store, item);
  return existing
    ? { created: false, existing }
    : { created: false, failed: `run "${run.id}" was not written: the row with its id is not readable` };
};

const describeOutcome = (outcome: Outcome | undefined): string =>
  outcome?.kind === "failed"
    ? `${outcome.code}: ${outcome.problem}`
    : "a row with its id existed and was then deleted";

/** Whether a row was written by this call and was not claimed since. */
const isOwnRow = ({ nonce: signature, token }: Item, run: Run, nonce: string): boolean =>
  signature?.S === nonce && token?.S === run.token;

/** Replace a row past its TTL. It may exist for days, and counts as absent. */
const replaceExpired = async (store: Store, run: Run, nonce: string, { ttl }: Item): Promise<Created> => {
  const request = replaceRequest(store.tables.runs, runItem(run, nonce), ttl?.N ?? "");
  try {
    await store.dynamodb.send(new PutItemCommand(request));
    return { created: true };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException))
      return { created: false, failed: notReplaced(run, error) };
  }
  // Another writer was faster: the row has not expired.
  const [answer] = await createRows(store, [run], nonce);
  if (!answer) throw new Error("expected one answer to one insert, got none");
  return answer;
};

const notReplaced = ({ id }: Run, error: unknown): string => {
  const { name, message } = failureOf(error);
  return `run "${id}" may not have been written in place of an expired row: ${name}: ${message}`;
};
