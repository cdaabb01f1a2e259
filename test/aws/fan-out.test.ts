import { LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "@jest/globals";
import { createFanOut, fanOutRequest, shardsIn } from "../../shared/aws/fan-out.ts";
import { createMemory } from "../../shared/testing/memory.ts";

const functionName = "millrace-test-dispatcher";

/** A client that answers without a server, and the requests that it received. */
const scriptedLambda = (answer: () => object) => {
  const asked: object[] = [];
  const lambda = new LambdaClient({ region: "us-east-1" });
  lambda.middlewareStack.add(
    () =>
      async ({ input }) => {
        asked.push(input);
        return { output: { $metadata: {}, ...answer() }, response: {} };
      },
    { step: "initialize" },
  );
  return { asked, lambda };
};

const refuse = () => {
  throw new Error("Rate Exceeded.");
};

describe("the fan-out", () => {
  test("invokes the function itself, asynchronously", async () => {
    const { asked, lambda } = scriptedLambda(() => ({ StatusCode: 202 }));
    const spread = createFanOut({ functionName, lambda, log: createMemory().ports.log });
    expect(await spread([3])).toBe(true);
    expect(asked).toEqual([
      { FunctionName: functionName, InvocationType: "Event", Payload: '{"shards":[3]}' },
    ]);
  });

  test("logs a failed invocation, and answers false", async () => {
    const { ports, lines } = createMemory();
    const { lambda } = scriptedLambda(refuse);
    expect(await createFanOut({ functionName, lambda, log: ports.log })([3, 4])).toBe(false);
    expect(lines).toEqual([
      {
        level: "warn",
        message: "shards not fanned out; this invocation processes them",
        facts: {
          shards: [3, 4],
          error: expect.objectContaining({ name: "Error", message: "Rate Exceeded." }),
        },
      },
    ]);
  });
});

describe("an event of the dispatcher", () => {
  test("of the pipeline names shards", () => {
    expect(shardsIn(JSON.parse(String(fanOutRequest(functionName, [0, 15]).Payload)))).toEqual([0, 15]);
  });

  test("of EventBridge is a tick", () => {
    expect(shardsIn({ "detail-type": "Scheduled Event", source: "aws.events", detail: {} })).toBeUndefined();
  });

  test.each([[[]], [[16]], [[-1]], [[1.5]], ["3"]])("with shards %j is refused", (shards) => {
    expect(() => shardsIn({ shards })).toThrow();
  });
});
