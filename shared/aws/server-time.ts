import { BatchGetItemCommand } from "@aws-sdk/client-dynamodb";
import { dispatchedMark } from "../core/schedules/watermark.ts";
import { serverOffset } from "../core/server-clock.ts";
import type { ServerTime } from "../ports/index.ts";
import { readRequest } from "./dynamodb/batches.ts";
import { itemOf } from "./dynamodb/item.ts";
import { markKey } from "./dynamodb/state-keys.ts";
import type { Store } from "./dynamodb/store.ts";

/**
 * Create the port that reads DynamoDB's time from the `Date` header of an answer. Without one, this machine's time is
 * used.
 */
export const createServerTime =
  ({ dynamodb, clock, tables }: Pick<Store, "dynamodb" | "clock" | "tables">): ServerTime =>
  async () => {
    const command = new BatchGetItemCommand(readRequest(tables.state, [itemOf(markKey(dispatchedMark))]));
    let serverAt: number | undefined;
    command.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        serverAt = dateOf(answer.response);
        return answer;
      },
      { step: "initialize", priority: "high", name: "serverTime" },
    );
    const sentAt = clock.now();
    await dynamodb.send(command);
    const receivedAt = clock.now();
    return receivedAt + serverOffset({ sentAt, receivedAt, serverAt });
  };

const dateOf = (response: unknown): number | undefined => {
  if (typeof response !== "object" || response === null || !("headers" in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== "object" || headers === null || !("date" in headers)) return undefined;
  return typeof headers.date === "string" ? Date.parse(headers.date) : undefined;
};
