import { InvocationType, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { access, arn } from "../../localstack/embedded/address.ts";
import { startEventQueue } from "../../localstack/embedded/event-queue.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import { type LambdaApi, startLambdaApi } from "../../localstack/embedded/lambda-api.ts";
import { until } from "./until.ts";

describe("invoke", () => {
  let api: LambdaApi;
  let lambda: LambdaClient;
  let later: unknown[];
  beforeEach(async () => {
    api = await startLambdaApi(undefined);
    later = [];
    const outcomes: Readonly<Record<string, (event: unknown) => Invocation>> = {
      echo: (event) => ({ ok: true, response: { event } }),
      ill: () => ({ ok: false, errorType: "Error", errorMessage: "as it is" }),
    };
    const functions = Object.entries(outcomes).map(([name, answer]) => ({
      name,
      invoke: async (event: unknown) => answer(event),
      invokeLater: (event: unknown) => void later.push(event),
    }));
    api.deploy(functions);
    lambda = new LambdaClient({ ...access, endpoint: `http://127.0.0.1:${api.port}` });
  });
  afterEach(async () => {
    lambda.destroy();
    await api.stop();
  });

  const invoke = async (FunctionName: string, event?: unknown, type: InvocationType = "RequestResponse") => {
    const Payload = event === undefined ? {} : { Payload: JSON.stringify(event) };
    const answer = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: type, ...Payload }));
    return { ...answer, text: answer.Payload?.transformToString() };
  };

  test("answers what the function answers, by its name or its ARN", async () => {
    expect(await invoke("echo", { a: "é" })).toMatchObject({ StatusCode: 200, text: '{"event":{"a":"é"}}' });
    expect(await invoke(arn("lambda", "function:echo"))).toMatchObject({ text: '{"event":{}}' });
  });

  test("answers the error of a function that fails", async () => {
    expect(await invoke("ill", 1)).toMatchObject({
      ...{ StatusCode: 200, FunctionError: "Unhandled" },
      text: '{"errorType":"Error","errorMessage":"as it is"}',
    });
  });

  test("takes an event for later, and says no more than that", async () => {
    expect(await invoke("ill", { shards: [3] }, InvocationType.Event)).toMatchObject({
      ...{ StatusCode: 202, text: "" },
    });
    expect(later).toEqual([{ shards: [3] }]);
  });

  test("of a function that is not there is refused as Lambda does it", async () => {
    await expect(invoke("nobody")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Function not found: ${arn("lambda", "function:nobody")}`,
    });
  });

  test("with what is no JSON, and anything else of Lambda's API, is refused", async () => {
    const url = `http://127.0.0.1:${api.port}/2015-03-31/functions`;
    const answer = await fetch(`${url}/echo/invocations`, { method: "POST", body: "{" });
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([
      400,
      "InvalidRequestContentException",
    ]);
    expect((await fetch(`${url}/`)).status).toBe(404);
  });
});

describe("asynchronous events", () => {
  const start = (maxAgeMs?: number) => {
    const begun: unknown[] = [];
    const ends: (() => void)[] = [];
    const invoke = (event: unknown): Promise<Invocation> => {
      begun.push(event);
      return new Promise((resolve) => ends.push(() => resolve({ ok: true, response: null })));
    };
    const aged = maxAgeMs === undefined ? {} : { maxAgeMs };
    const queue = startEventQueue({ target: { invoke }, concurrency: 2, ...aged });
    return { begun, queue, end: () => ends.shift()?.() };
  };

  test("are worked on in their order, no more at once than there may be", async () => {
    const { begun, queue, end } = start();
    for (const event of [1, 2, 3, 4]) queue.push(event);
    expect(begun).toEqual([1, 2]);
    end();
    await until(() => begun.length === 3);
    expect(begun).toEqual([1, 2, 3]);
  });

  test("are dropped when they have waited too long", async () => {
    const { begun, queue, end } = start(-1);
    queue.push("late");
    expect(begun).toEqual([]);
    end();
    await queue.stop();
  });

  test("begin no more once the queue stops, which waits for those that have", async () => {
    const { begun, queue, end } = start();
    for (const event of [1, 2, 3]) queue.push(event);
    const stopped = queue.stop();
    end();
    end();
    await stopped;
    expect(begun).toEqual([1, 2]);
  });
});
