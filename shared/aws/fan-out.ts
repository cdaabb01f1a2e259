import { InvokeCommand, type InvokeCommandInput, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { dueShards } from "../core/shard.ts";
import type { FanOut, Ports } from "../ports/index.ts";
import { sdkRetryConfig } from "./clients.ts";

export interface FanOutOptions extends Pick<Ports, "log"> {
  /** The function to invoke: the dispatcher itself. */
  readonly functionName: string;
  readonly lambda?: LambdaClient;
}

/**
 * Create the fan-out of shards to a further invocation of the dispatcher. If it fails, the caller processes them
 * itself.
 */
export const createFanOut =
  ({ functionName, log, lambda = createLambda() }: FanOutOptions): FanOut =>
  async (shards) => {
    try {
      await lambda.send(new InvokeCommand(fanOutRequest(functionName, shards)));
      return true;
    } catch (error) {
      log.warn("shards not fanned out; this invocation processes them", { shards, error });
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
 * The shards that an invocation of the dispatcher was given; undefined when it is a tick.
 * @throws Error when the event is neither, since dispatching all shards would hide the mistake.
 */
export const shardsIn = (event: unknown): readonly number[] | undefined =>
  dispatcherEvent.parse(event).shards;
