import { CreateQueueCommand, SQSClient, TagQueueCommand } from "@aws-sdk/client-sqs";
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

const createQueues = async (stage: string): Promise<readonly (string | undefined)[]> => {
  const { queue, deadLetterQueue } = namesOf(stage);
  const all = laneNames.flatMap((lane) => [queue(lane), deadLetterQueue(lane)]);
  const created = await Promise.all(all.map((QueueName) => sqs.send(new CreateQueueCommand({ QueueName }))));
  return created.map(({ QueueUrl }) => QueueUrl);
};

test("resolveStage finds queues by their names, and tables by the queues' tags", async () => {
  const Tags = { "millrace:runs-table": "runs-1A", "millrace:state-table": "state-2B" };
  for (const QueueUrl of await createQueues("dev")) await sqs.send(new TagQueueCommand({ QueueUrl, Tags }));
  expect(await resolveStage("dev", sqs)).toMatchObject({
    MILLRACE_STAGE: "dev",
    MILLRACE_RUNS_TABLE: "runs-1A",
    MILLRACE_STATE_TABLE: "state-2B",
    MILLRACE_QUEUE_LOW: expect.stringMatching(/\/millrace-dev-low$/),
    MILLRACE_DLQ_CRITICAL: expect.stringMatching(/\/millrace-dev-critical-dlq$/),
  });
});

test("resolveStage asks for a new deployment when the queues have no tags", async () => {
  await createQueues("old");
  await expect(resolveStage("old", sqs)).rejects.toThrow(
    /^the queues of stage "old" have no tags "millrace:runs-table" and .*: deploy the stage again/,
  );
});

test("resolveStage names a stage that is not deployed, and the region", async () => {
  await expect(resolveStage("prod", sqs)).rejects.toThrow(
    /^there is no stage "prod": queue millrace-prod-\S+ does not exist in eu-west-1; deploy it, or check/,
  );
});
