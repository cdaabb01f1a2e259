import { InvocationType, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { access, arn } from "../../localstack/embedded/address.ts";
import { startAsyncInvocations } from "../../localstack/embedded/async-invocations.ts";
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
      begin: (event: unknown) => later.length < 1 && later.push(event) > 0,
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
      StatusCode: 200,
      FunctionError: "Unhandled",
      text: '{"errorType":"Error","errorMessage":"as it is"}',
    });
  });

  test("takes an event, and says no more than that, or that it takes no more", async () => {
    expect(await invoke("ill", { shards: [3] }, InvocationType.Event)).toMatchObject({
      StatusCode: 202,
      text: undefined,
    });
    expect(later).toEqual([{ shards: [3] }]);
    await expect(invoke("ill", {}, InvocationType.Event)).rejects.toThrow("Rate Exceeded.");
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

test("asynchronous invocations are bounded, and a stop waits for those that have begun", async () => {
  const begun: unknown[] = [];
  const ends: (() => void)[] = [];
  const invoke = (event: unknown): Promise<Invocation> => {
    begun.push(event);
    return new Promise((resolve) => ends.push(() => resolve({ ok: true, response: null })));
  };
  const invocations = startAsyncInvocations({ invoke }, 2);
  expect([1, 2, 3].map(invocations.begin)).toEqual([true, true, false]);
  ends.shift()?.();
  await until(() => invocations.begin(4));
  const stopped = invocations.stop();
  expect(invocations.begin(5)).toBe(false);
  for (const end of ends) end();
  await stopped;
  expect(begun).toEqual([1, 2, 4]);
});
