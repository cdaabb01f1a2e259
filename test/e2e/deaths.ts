import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "@jest/globals";
import { nothingToDeploy } from "../../localstack/endpoint/project.ts";
import type { GetDeployment } from "./deployment.ts";
import { shipOrder } from "./jobs/ship-order.ts";
import { moveDeadLetters } from "./move-task.ts";

export const deaths = (deployment: GetDeployment, hasMoveTask: boolean): void => {
  test("a failing run is retried, then dead-lettered to its lane's DLQ with its reason", async () => {
    const { client, reaches, deadLetters, isDrained } = deployment().pipeline;
    const { id } = await client.enqueue(shipOrder, { order: "A1" }, { key: "A1" });
    const reason = "attempt 2 of 2 failed with Error: no carrier for order A1";
    expect(await reaches(id, "dead")).toMatchObject({ attempts: 2, generation: 2, reason });
    const [deadLetter] = await deadLetters("high", 1);
    expect(deadLetter).toMatchObject({ reason });
    expect(JSON.parse(deadLetter?.body ?? "")).toMatchObject({
      id,
      generation: 2,
      death: { reason, attempt: 2 },
    });
    await isDrained("high");
  });

  test("its dead letter, sent to the lane as a new message, runs the newly deployed code; a copy does not", async () => {
    const { ports, sqs, queues, reaches, deadLetters, isDrained } = deployment().pipeline;
    expect(await deployCarriers(deployment, ["snail"])).not.toContain(nothingToDeploy);
    const [deadLetter] = await deadLetters("high", 1);
    const copy = new SendMessageCommand({ QueueUrl: queues.lanes.high, MessageBody: deadLetter?.body });
    await sqs.send(copy);
    if (deadLetter) await ports.queue.deleteDeadLetter("high", deadLetter);
    const run = await reaches("ship-order:A1", "succeeded");
    expect(run).toMatchObject({ attempts: 3, result: { order: "A1", carrier: "snail" } });

    await isDrained("high");
    await sqs.send(copy);
    await isDrained("high");
    expect(await reaches(run.id, "succeeded")).toEqual(run);
  });

  const moved = "a dead letter that SQS moves to its lane by StartMessageMoveTask runs";
  const tested = hasMoveTask ? test : test.skip;
  tested(hasMoveTask ? moved : `${moved} (skipped: the endpoint does not know that call)`, async () => {
    const { client, reaches } = deployment().pipeline;
    await deployCarriers(deployment, []);
    const { id } = await client.enqueue(shipOrder, { order: "B2" }, { key: "B2" });
    await reaches(id, "dead");
    await deployCarriers(deployment, ["snail"]);
    await moveDeadLetters(deployment().pipeline);
    expect(await reaches(id, "succeeded")).toMatchObject({ attempts: 3 });
  });
};

/** Deploys a fix of the bug. @returns CDK's output */
const deployCarriers = async (deployment: GetDeployment, carriers: readonly string[]): Promise<string> => {
  const { project } = deployment();
  const text = `export const carriers: readonly string[] = ${JSON.stringify(carriers)};\n`;
  await project.write("test/e2e/jobs/carriers.ts", text);
  return await project.deploy();
};
