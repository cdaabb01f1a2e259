import { ConditionalCheckFailedException, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { Notes } from "../ports/index.ts";
import { readItems } from "./dynamodb/batches.ts";
import { type Item, itemOf } from "./dynamodb/item.ts";
import { noteRequest } from "./dynamodb/schedule-requests.ts";
import { noteKey } from "./dynamodb/state-keys.ts";
import type { Store } from "./dynamodb/store.ts";

/** Small facts that the occurrences of a schedule share. */
export const createNotes = (store: Store): Notes => {
  const { dynamodb, tables } = store;
  return {
    read: async (name, kind) => {
      const [item] = await readItems(store, tables.state, [itemOf(noteKey(name, kind))]);
      return textOf(item);
    },
    swap: async (name, kind, from, to) => {
      try {
        await dynamodb.send(new UpdateItemCommand(noteRequest(tables.state, noteKey(name, kind), from, to)));
        return true;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // The note has the new text: our first write took effect, and its reply was lost.
        return textOf(error.Item) === to;
      }
    },
  };
};

const textOf = ({ text }: Item = {}): string | undefined => text?.S;
