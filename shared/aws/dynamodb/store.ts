import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Ports } from "../../ports/index.ts";

/** What the adapters of DynamoDB share. */
export interface Store extends Pick<Ports, "clock" | "random" | "log"> {
  readonly dynamodb: DynamoDBClient;
  readonly tables: { readonly runs: string; readonly state: string };
}

/** The longest waits before the unprocessed parts of a request are sent again. */
const ceilingsMs = [50, 100, 200, 400, 800];

/**
 * Send a request, and send its unprocessed parts again with exponential backoff and full jitter. The SDK retries
 * requests that fail as a whole; those that fail in part are retried here.
 * @param ask answers the parts that were not processed
 * @returns the parts that were not processed in the end
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

/** Split items into groups of at most `size`, in order. */
export const chunksOf = <One>(all: readonly One[], size: number): readonly (readonly One[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));

/** Upper bounds on a group. */
export interface GroupLimits<One> {
  readonly count: number;
  readonly bytes: number;
  readonly bytesOf: (one: One) => number;
}

/** Split items into groups within both limits, in order. An item that exceeds them alone is a group of its own. */
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
 * Like Promise.all, but waits for every promise before it throws the first error, so that no request is still in flight
 * when the caller retries.
 */
export const settleAll = async <Value>(promises: readonly Promise<Value>[]): Promise<readonly Value[]> => {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
};
