import { PutItemCommand, type PutItemCommandInput } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import type { Payloads } from "../ports/index.ts";
import { readItems } from "./dynamodb/batches.ts";
import { itemOf, rowOf } from "./dynamodb/item.ts";
import { payloadKey } from "./dynamodb/state-keys.ts";
import type { Store } from "./dynamodb/store.ts";

const payloadSchema = z.object({ text: z.string() });

export const payloadRequest = (
  table: string,
  [runId, part, text, ttl]: Parameters<Payloads["save"]>,
): PutItemCommandInput => ({ TableName: table, Item: itemOf({ ...payloadKey(runId, part), text, ttl }) });

/** Inputs and results too large for their run's row, as items of their own. */
export const createPayloads = (store: Store): Payloads => {
  const { dynamodb, clock, log, tables } = store;
  return {
    save: async (...payload) => {
      await dynamodb.send(new PutItemCommand(payloadRequest(tables.state, payload)));
    },
    load: async (runId, part) => {
      const [item] = await readItems(store, tables.state, [itemOf(payloadKey(runId, part))]);
      return rowOf(payloadSchema, item, { now: clock.now(), log })?.text;
    },
  };
};
