import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { resolveStage } from "../../shared/aws/resolve.ts";
import { laneNames } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";

let server: FauxqsServer;
let sqs: SQSClient;
beforeAll(async () => {
  server = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  sqs = new SQSClient({ endpoint: `http://127.0.0.1:${server.port}`, region: "eu-west-1", credentials });
});
afterAll(async () => {
  sqs.destroy();
  await server.stop();
});

test("a stage is found by the names of its queues", async () => {
  const { queue, deadLetterQueue } = namesOf("dev");
  for (const QueueName of laneNames.flatMap((lane) => [queue(lane), deadLetterQueue(lane)])) {
    await sqs.send(new CreateQueueCommand({ QueueName }));
  }
  expect(await resolveStage("dev", sqs)).toMatchObject({
    MILLRACE_STAGE: "dev",
    MILLRACE_RUNS_TABLE: "millrace-dev-runs",
    MILLRACE_STATE_TABLE: "millrace-dev-state",
    MILLRACE_QUEUE_LOW: expect.stringMatching(/\/millrace-dev-low$/),
    MILLRACE_DLQ_CRITICAL: expect.stringMatching(/\/millrace-dev-critical-dlq$/),
  });
});

test("a stage that is not deployed is named, with the region that was asked", async () => {
  await expect(resolveStage("prod", sqs)).rejects.toThrow(
    /^there is no stage "prod": queue millrace-prod-\S+ does not exist in eu-west-1; deploy it, or check/,
  );
});
