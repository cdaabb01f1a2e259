import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Ports } from "../../ports/index.ts";

/** What the adapters of DynamoDB work with. */
export interface Store extends Pick<Ports, "clock" | "random" | "log"> {
  readonly dynamodb: DynamoDBClient;
  readonly tables: { readonly runs: string; readonly state: string };
}

/** Waits before the parts of a request that a store would not do just then are asked for again. */
const ceilingsMs = [50, 100, 200, 400, 800];

/**
 * Ask, and ask again for what is left, with exponential backoff and full jitter. The SDK repeats requests that fail
 * as a whole; what fails in part is ours.
 * @param ask answers what is left to ask
 * @returns what was left at last
 */
export const retryUnprocessed = async <Item>(
  { clock, random }: Pick<Store, "clock" | "random">,
  items: readonly Item[],
  ask: (items: readonly Item[]) => Promise<readonly Item[]>,
): Promise<readonly Item[]> => {
  let left = await ask(items);
  for (const ceiling of ceilingsMs) {
    if (left.length === 0) break;
    await clock.sleep(random.unit() * ceiling);
    left = await ask(left);
  }
  return left;
};

/** The items in groups of at most so many, in order. */
export const chunksOf = <One>(all: readonly One[], size: number): readonly (readonly One[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));

/** How large a group may be. */
export interface GroupLimits<One> {
  readonly count: number;
  readonly bytes: number;
  readonly bytesOf: (one: One) => number;
}

/** The items in groups that keep both limits, in order. One that is too large by itself is a group of its own. */
export const groupsOf = <One>(
  all: readonly One[],
  { count, bytes, bytesOf }: GroupLimits<One>,
): readonly (readonly One[])[] => {
  const groups: One[][] = [];
  let sum = 0;
  for (const one of all) {
    const size = bytesOf(one);
    const group = groups.at(-1);
    if (group && group.length < count && sum + size <= bytes) {
      group.push(one);
      sum += size;
    } else {
      groups.push([one]);
      sum = size;
    }
  }
  return groups;
};

/**
 * Like Promise.all, but it waits for every promise before it throws the first error: no request is left on its way that
 * a caller, trying again, would meet.
 */
export const settleAll = async <Value>(promises: readonly Promise<Value>[]): Promise<readonly Value[]> => {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
};
