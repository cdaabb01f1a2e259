import { InvocationType, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { access, arn } from "../../../localstack/embedded/address.ts";
import { startAsyncInvocations } from "../../../localstack/embedded/async-invocations.ts";
import type { Invocation } from "../../../localstack/embedded/invocation.ts";
import { type LambdaApi, startLambdaApi } from "../../../localstack/embedded/lambda-api.ts";
import { until } from "../until.ts";

describe("Lambda's Invoke", () => {
  let api: LambdaApi;
  let lambda: LambdaClient;
  let later: unknown[];
  beforeEach(async () => {
    api = await startLambdaApi(undefined);
    later = [];
    const outcomes: Readonly<Record<string, (event: unknown) => Invocation>> = {
      echo: (event) => ({ ok: true, response: { event } }),
      failing: () => ({ ok: false, errorType: "Error", errorMessage: "as it is" }),
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

  test("returns the function's response, by name or ARN", async () => {
    expect(await invoke("echo", { a: "é" })).toMatchObject({ StatusCode: 200, text: '{"event":{"a":"é"}}' });
    expect(await invoke(arn("lambda", "function:echo"))).toMatchObject({ text: '{"event":{}}' });
  });

  test("returns the error of a failing function", async () => {
    expect(await invoke("failing", 1)).toMatchObject({
      StatusCode: 200,
      FunctionError: "Unhandled",
      text: '{"errorType":"Error","errorMessage":"as it is"}',
    });
  });

  test("accepts an asynchronous event with 202, or refuses it when too many are running", async () => {
    expect(await invoke("failing", { shards: [3] }, InvocationType.Event)).toMatchObject({
      StatusCode: 202,
      text: undefined,
    });
    expect(later).toEqual([{ shards: [3] }]);
    await expect(invoke("failing", {}, InvocationType.Event)).rejects.toThrow("Rate Exceeded.");
  });

  test("refuses a missing function like Lambda", async () => {
    await expect(invoke("absent")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Function not found: ${arn("lambda", "function:absent")}`,
    });
  });

  test("refuses an event that is not JSON, and other calls of Lambda's API", async () => {
    const url = `http://127.0.0.1:${api.port}/2015-03-31/functions`;
    const answer = await fetch(`${url}/echo/invocations`, { method: "POST", body: "{" });
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([
      400,
      "InvalidRequestContentException",
    ]);
    expect((await fetch(`${url}/`)).status).toBe(404);
  });
});

test("startAsyncInvocations limits concurrent invocations, and stop waits for them", async () => {
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
