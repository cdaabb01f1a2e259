import { InvokeCommand, type InvokeCommandInput, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { dueShards } from "../core/shard.ts";
import type { FanOut, Ports } from "../ports/index.ts";
import { sdkRetryConfig } from "./clients.ts";

export interface FanOutOptions extends Pick<Ports, "log"> {
  /** The function that takes the shards: the dispatcher itself. */
  readonly functionName: string;
  readonly lambda?: LambdaClient;
}

/** Hands shards to a further invocation of the dispatcher. Refused, the asker goes on by itself: nothing is lost. */
export const createFanOut =
  ({ functionName, log, lambda = createLambda() }: FanOutOptions): FanOut =>
  async (shards) => {
    try {
      await lambda.send(new InvokeCommand(fanOutRequest(functionName, shards)));
      return true;
    } catch (error) {
      log.warn("shards not handed over: this invocation goes on with them", {
        shards,
        error,
      });
      return false;
    }
  };

const createLambda = (): LambdaClient => new LambdaClient(sdkRetryConfig);

/** `Event`: Lambda answers as soon as it has queued the event. */
export const fanOutRequest = (FunctionName: string, shards: readonly number[]): InvokeCommandInput => ({
  FunctionName,
  InvocationType: "Event",
  Payload: JSON.stringify({ shards }),
});

const shard = z.int().nonnegative().lt(dueShards);

const dispatcherEvent = z.object({ shards: z.array(shard).nonempty().optional() });

/**
 * The shards that an invocation of the dispatcher was handed; undefined when it is a tick.
 * @throws Error when the event is neither: dispatching something else than was asked would hide the mistake.
 */
export const shardsIn = (event: unknown): readonly number[] | undefined =>
  dispatcherEvent.parse(event).shards;
