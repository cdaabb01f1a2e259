import { SendMessageBatchCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "@jest/globals";
import { weatherReport } from "../../jobs/weather-report.ts";
import type { RunState } from "../../shared/core/runs/run.ts";
import type { GetDeployment } from "./deployment.ts";

export const messages = (deployment: GetDeployment): void => {
  test("a message sent by plain SendMessage runs", async () => {
    const { sqs, queues, reaches } = deployment().pipeline;
    const MessageBody = '{"v":1,"job":"weather-report","input":{"year":2012}}';
    const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl: queues.lanes.low, MessageBody }));
    expect(await reaches(`weather-report:${MessageId}`, "succeeded")).toMatchObject({
      attempts: 1,
      result: { total: { from: "2012-01-01", to: "2012-12-31", days: 366 } },
    });
  });

  test("a run enqueued twice by other code in the account runs once", async () => {
    const { client, reaches, isDrained } = deployment().pipeline;
    const enqueue = () => client.enqueue(weatherReport, { year: 2013 }, { key: "twice" });
    const { id } = await enqueue();
    const run = await reaches(id, "succeeded");
    expect(run).toMatchObject({ attempts: 1, input: { year: 2013 } });
    expect(await enqueue()).toEqual({ id, isNew: false, state: "succeeded" });
    await isDrained("low");
    expect(await reaches(id, "succeeded")).toEqual(run);
  });

  test("invalid messages of a batch are dead-lettered with reasons, and the valid ones succeed", async () => {
    const { deadLetters, isDrained } = deployment().pipeline;
    const run = await sendBatch(deployment, [
      '{"v":1,"job":"weather-report","input":{"year":2014}}',
      "year=2014",
      '{"v":2,"job":"weather-report"}',
      '{"v":1,"job":"weather-report","input":{"year":2015}}',
      '{"v":1,"job":"wether-report"}',
      '{"v":1,"job":"weather-report","input":{"year":"MMXII"}}',
    ]);
    const aYear = { attempts: 1, result: { total: { days: 365 } } };
    expect(await run(0, "succeeded")).toMatchObject(aYear);
    expect(await run(3, "succeeded")).toMatchObject(aYear);
    const { reason } = await run(5, "dead");
    expect(reason).toContain("year");
    // A message that was not proven done would be hidden for an hour and a half.
    await isDrained("low");

    const letters = await deadLetters("low", 4);
    const reasons = new Map(letters.map(({ body, reason: why }) => [compact(body), why]));
    expect(reasons.get("year=2014")).toMatch(/^expected JSON/);
    expect(reasons.get('{"v":2,"job":"weather-report"}')).toBe("expected message version 1, got 2");
    expect(reasons.get('{"v":1,"job":"wether-report"}')).toMatch(/^expected the name of a job .*wether/);
    expect([...reasons.values()]).toContain(reason);
  });
};

/** LocalStack hands JSON bodies to a function with other spaces; SQS, as they were sent. */
const compact = (body: string): string => {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return body;
  }
};

/** Sends one request. @returns a function that waits for the run of a message */
const sendBatch = async (deployment: GetDeployment, bodies: readonly string[]) => {
  const { sqs, queues, reaches } = deployment().pipeline;
  const Entries = bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody }));
  const request = new SendMessageBatchCommand({ QueueUrl: queues.lanes.low, Entries });
  const { Successful = [] } = await sqs.send(request);
  const ids = new Map(Successful.map(({ Id, MessageId }) => [Id, `weather-report:${MessageId}`]));
  return (i: number, state: RunState) => reaches(ids.get(String(i)) ?? "", state);
};
