import { expect, test } from "@jest/globals";
import { scheduledEvent } from "../../../localstack/embedded/clock.ts";
import { functionConfigs, laneConcurrency } from "../../../localstack/embedded/functions.ts";
import type { StackEnv } from "../../../localstack/embedded/resources.ts";
import { laneNames } from "../../../shared/core/lane.ts";

const env = { MILLRACE_STAGE: "local", AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1" } as StackEnv; // as: two variables suffice here
const configs = functionConfigs({
  bundles: { dispatcher: "/d", sweeper: "/s", worker: "/w" },
  env,
  environment: { SMTP_URL: "smtp://127.0.0.1", AWS_ENDPOINT_URL_SQS: "https://elsewhere" },
});

test("a worker has its lane, the variables for jobs and the embedded endpoints", () => {
  const worker = configs.worker("critical");
  expect(worker).toMatchObject({ name: "millrace-local-worker-critical", folder: "/w", timeoutMs: 60_000 });
  expect(worker.environment).toMatchObject({
    MILLRACE_LANE: "critical",
    SMTP_URL: "smtp://127.0.0.1",
    AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1",
  });
});

test("the dispatcher ends before its next tick and has no variables for jobs", () => {
  expect(configs.dispatcher.timeoutMs).toBeLessThan(60_000);
  expect(configs.dispatcher.environment).not.toHaveProperty("SMTP_URL");
});

test("lanes share the concurrency, at least two each", () => {
  expect(laneNames.map((lane) => laneConcurrency(lane))).toEqual([4, 3, 2, 2]);
  expect(laneConcurrency("normal", { normal: 8 })).toBe(8);
});

test("a tick is EventBridge's scheduled event, in whole seconds", () => {
  expect(scheduledEvent("millrace-local-dispatcher", new Date("2026-11-21T23:30:00.789Z"))).toEqual({
    version: "0",
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: "000000000000",
    time: "2026-11-21T23:30:00Z",
    region: "us-east-1",
    resources: ["arn:aws:events:us-east-1:000000000000:rule/millrace-local-dispatcher"],
    detail: {},
  });
});
