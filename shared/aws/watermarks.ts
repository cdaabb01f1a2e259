import { ConditionalCheckFailedException, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import type { Watermarks } from "../ports/index.ts";
import { type Item, rowOf } from "./dynamodb/item.ts";
import { partitionQuery, queryAll } from "./dynamodb/query.ts";
import { markRequest } from "./dynamodb/schedule-requests.ts";
import { marksPartition } from "./dynamodb/state-keys.ts";
import type { Store } from "./dynamodb/store.ts";

const markSchema = z.object({ sk: z.string(), at: z.number() });

/** The watermarks of recurring work, in the state table. */
export const createWatermarks = (store: Store): Watermarks => {
  const { dynamodb, clock, log, tables } = store;
  const markIn = (item: Item | undefined) => rowOf(markSchema, item, { now: clock.now(), log });
  const marks = async (): Promise<ReadonlyMap<string, number>> => {
    const items = await queryAll(store, partitionQuery(tables.state, marksPartition));
    return new Map(items.flatMap((item) => markIn(item) ?? []).map(({ sk, at }) => [sk, at]));
  };
  return {
    read: () => marks(),
    advance: async (name, to) => {
      try {
        await dynamodb.send(new UpdateItemCommand(markRequest(tables.state, name, to)));
        return to;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return markIn(error.Item)?.at ?? (await marks()).get(name) ?? to;
      }
    },
  };
};
