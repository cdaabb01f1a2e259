import { SendMessageBatchCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { weatherReport } from "../../jobs/weather-report.ts";
import { listRuns } from "../../shared/pipeline/operations/list-runs.ts";
import { connect, type Deployed } from "./deployed.ts";
import { describeOn, findEndpoint } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { shipOrder } from "./jobs/ship-order.ts";
import { knowsMoveTask, startMoveTask } from "./move-task.ts";
import { createProject, type Project } from "./project.ts";

jest.setTimeout(180_000);

const endpoint = await findEndpoint();
const hasMoveTask = endpoint.kind === "given" && (await knowsMoveTask(endpoint.url));

const deploy = ["deploy", "millrace-dev", "--require-approval", "never"] as const;
const carriersAre = (carriers: readonly string[]): string =>
  `export const carriers: readonly string[] = ${JSON.stringify(carriers)};\n`;

const deployed = "✅  millrace-dev";
const nothingToDeploy = "✅  millrace-dev (no changes)";

describeOn(endpoint, (url) => {
  let project: Project;
  let pipeline: Deployed;

  beforeAll(async () => {
    project = await createProject(url());
    await project.bootstrap();
    await project.cdk(...deploy);
    pipeline = await connect(url());
  });

  afterAll(async () => {
    pipeline?.close();
    await project?.remove();
  });

  test("a message sent by plain SendMessage runs", async () => {
    const { sqs, queues, ended } = pipeline;
    const MessageBody = '{"v":1,"job":"weather-report","input":{"year":2012}}';
    const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl: queues.lanes.low, MessageBody }));
    expect(await ended(`weather-report:${MessageId}`)).toMatchObject({
      state: "succeeded",
      attempts: 1,
      result: { total: { from: "2012-01-01", to: "2012-12-31", days: 366 } },
    });
  });

  test("a run enqueued by other code in the account runs once, however often it is enqueued", async () => {
    const { client, ended, isDrained } = pipeline;
    const options = { key: "twice" };
    const { id } = await client.enqueue(weatherReport, { year: 2013 }, options);
    expect(await client.enqueue(weatherReport, { year: 2013 }, options)).toEqual({ id, isNew: false });
    await isDrained("low");
    expect(await ended(id)).toMatchObject({ state: "succeeded", attempts: 1, input: { year: 2013 } });
  });

  test("bad records die with their reasons, and their batch-mates are done", async () => {
    const { sqs, queues, ended, letters, isDrained } = pipeline;
    const bodies = [
      '{"v":1,"job":"weather-report","input":{"year":2014}}',
      "year=2014",
      '{"v":2,"job":"weather-report"}',
      '{"v":1,"job":"weather-report","input":{"year":2015}}',
      '{"v":1,"job":"wether-report"}',
      '{"v":1,"job":"weather-report","input":{"year":"MMXII"}}',
    ];
    const { Successful = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queues.lanes.low,
        Entries: bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody })),
      }),
    );
    const ids = new Map(Successful.map(({ Id, MessageId }) => [Id, `weather-report:${MessageId}`]));
    const runOf = (i: number) => ended(ids.get(String(i)) ?? "");

    expect(await runOf(0)).toMatchObject({
      state: "succeeded",
      attempts: 1,
      result: { total: { days: 365 } },
    });
    expect(await runOf(3)).toMatchObject({
      state: "succeeded",
      attempts: 1,
      result: { total: { days: 365 } },
    });
    const badInput = await runOf(5);
    expect(badInput).toMatchObject({ state: "dead", attempts: 1, reason: expect.stringContaining("year") });
    // Hidden for an hour and a half if it were not proven done.
    await isDrained("low");

    const reasons = new Map((await letters("low", 4)).map(({ body, reason }) => [body, reason]));
    expect(reasons.get(bodies[1] ?? "")).toMatch(/^expected JSON/);
    expect(reasons.get(bodies[2] ?? "")).toMatch(/^expected message version 1, got 2/);
    expect(reasons.get(bodies[4] ?? "")).toMatch(/^expected the name of a job .*got "wether-report"/);
    expect([...reasons.values()]).toContain(badInput.reason);
  });

  test("a run that fails is tried again, then dies onto its lane's DLQ with its reason", async () => {
    const { client, ended, letters, isDrained } = pipeline;
    const { id } = await client.enqueue(shipOrder, { order: "A1" }, { key: "A1" });
    const reason = "attempt 2 of 2 failed with Error: no carrier for order A1";
    expect(await ended(id)).toMatchObject({ state: "dead", attempts: 2, generation: 2, reason });
    const [letter] = await letters("high", 1);
    expect(letter).toMatchObject({ reason });
    expect(JSON.parse(letter?.body ?? "")).toMatchObject({ id, gen: 2, death: { reason, attempt: 2 } });
    await isDrained("high");
  });

  test("a dead run's letter, sent to its lane as a new message, runs the fix; a second copy does not", async () => {
    const { ports, sqs, queues, ended, letters, isDrained } = pipeline;
    await project.write("test/e2e/jobs/carriers.ts", carriersAre(["snail"]));
    const said = await project.cdk(...deploy);
    expect(said).toContain(deployed);
    expect(said).not.toContain(nothingToDeploy);

    const [letter] = await letters("high", 1);
    const copy = new SendMessageCommand({ QueueUrl: queues.lanes.high, MessageBody: letter?.body });
    await sqs.send(copy);
    if (letter) await ports.queue.discard("high", letter);
    const run = await ended("ship-order:A1");
    expect(run).toMatchObject({ state: "succeeded", attempts: 3, result: { order: "A1", carrier: "snail" } });

    await isDrained("high");
    await sqs.send(copy);
    await isDrained("high");
    expect(await ended(run.id)).toEqual(run);
  });

  const moveTask = "SQS moves a dead letter to its lane by StartMessageMoveTask, and its run succeeds";
  (hasMoveTask ? test : test.skip)(
    hasMoveTask ? moveTask : `${moveTask} (skipped: the endpoint does not know that call)`,
    async () => {
      const { client, sqs, ended, letters } = pipeline;
      await project.write("test/e2e/jobs/carriers.ts", carriersAre([]));
      await project.cdk(...deploy);
      const { id } = await client.enqueue(shipOrder, { order: "B2" }, { key: "B2" });
      await letters("high", 1);
      await project.write("test/e2e/jobs/carriers.ts", carriersAre(["snail"]));
      await project.cdk(...deploy);
      await startMoveTask(sqs);
      await eventually(
        () => ended(id),
        ({ state }) => state === "succeeded",
      );
    },
  );

  test("cdk deploy once more changes nothing", async () => {
    expect(await project.cdk(...deploy)).toContain(nothingToDeploy);
  });

  test("the occurrences of a schedule run, each once, none of them early", async () => {
    const recent = { job: "heartbeat", state: "succeeded", limit: 3 } as const;
    const { runs } = await eventually(
      () => listRuns.run(recent, pipeline).catch(() => ({ runs: [] })),
      ({ runs: { length } }) => length >= 3,
      120_000,
    );
    const dueAt = runs.map((run) => Date.parse(run.dueAt)).sort();
    expect(new Set(dueAt.map((at) => at % 5_000))).toEqual(new Set([0]));
    for (const run of runs) {
      expect(run).toMatchObject({
        schedule: "heartbeat",
        attempts: 1,
        id: `heartbeat:heartbeat@${run.dueAt.replace(".000", "")}`,
      });
      expect(Date.parse(run.startedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(run.dueAt));
    }
  });

  test("npx millrace shows what happened", async () => {
    expect(await project.millrace("runs", "list", "--state", "dead")).toMatchObject({
      runs: [{ job: "weather-report", state: "dead", reason: expect.stringContaining("year") }],
    });
    expect(await project.millrace("runs", "show", "ship-order:A1")).toMatchObject({
      state: "succeeded",
      result: { carrier: "snail" },
    });
    expect(await project.millrace("lanes")).toMatchObject({
      lanes: [
        { lane: "critical" },
        { lane: "high", depth: { dead: 0 } },
        { lane: "normal" },
        { lane: "low", depth: { dead: 4 } },
      ],
    });
    expect(await project.millrace("schedules", "list")).toMatchObject({
      schedules: [{ name: "heartbeat", state: "active" }],
    });
  });
});
