import { expect, test } from "@jest/globals";
import { callsOf } from "./calls/aws-calls.ts";
import { portMethodsIn, programOf, usesOf } from "./calls/reach.ts";

// The comparison of grants with calls in access.ts is only as good as this analysis of the sources.

const programs = ["dispatcher", "sweeper", "worker"].map((name) => `functions/${name}.ts`);

test("callsOf finds the AWS calls of enqueue, by table and kind of queue", () => {
  expect(callsOf("shared/client.ts")).toEqual({
    "dynamodb:BatchGetItem": ["runs"],
    "dynamodb:BatchWriteItem": ["state"],
    "dynamodb:PartiQLInsert": ["runs"],
    "dynamodb:PutItem": ["runs", "state"],
    "sqs:GetQueueUrl": ["lanes"],
    "sqs:ListQueueTags": ["lanes"],
    "sqs:SendMessage": ["lanes"],
  });
});

test("callsOf counts a port's method only where it is used", () => {
  expect(callsOf("functions/worker.ts")).not.toHaveProperty("dynamodb:Query");
  expect(callsOf("functions/worker.ts")["sqs:ChangeMessageVisibility"]).toEqual(["lanes"]);
  expect(callsOf("functions/sweeper.ts")).not.toHaveProperty("sqs:ChangeMessageVisibility");
  expect(callsOf("functions/dispatcher.ts")["lambda:InvokeFunction"]).toEqual(["itself"]);
});

test("portMethodsIn finds every port that calls AWS, with its methods", () => {
  const ports = portMethodsIn(programOf("functions/worker.ts"));
  expect([...ports.keys()].sort()).toEqual(
    expect.arrayContaining([
      "attempts",
      "ledger",
      "metrics",
      "notes",
      "payloads",
      "queue",
      "runs",
      "schedules",
    ]),
  );
  expect(ports.get("queue")).toEqual(
    new Set(["send", "sendDeadLetters", "hide", "depth", "receiveDeadLetters", "deleteDeadLetter"]),
  );
  expect([...(ports.get("notes") ?? [])]).toEqual(["read", "swap"]);
});

// A call under another name would be missed, and its grant with it.
test("no code calls a port under another name", () => {
  const called = [...programs, "shared/client.ts", "cli/main.ts"].flatMap((entry) => {
    const units = programOf(entry);
    const ports = portMethodsIn(units);
    const methods = new Set([...ports.values()].flatMap((names) => [...names]));
    return (
      [...units]
        // The adapters, and what the CLI runs or bundles on this machine, send to clients and processes of their own.
        .filter(({ path }) => !/^(?:shared\/aws|localstack|infra)\//.test(path))
        .flatMap((unit) => usesOf(unit).calls)
        .filter(({ receiver, member }) => methods.has(member) && !ports.has(receiver))
        .map(({ receiver, member }) => `${receiver}.${member}`)
    );
  });
  expect([...new Set(called)].sort()).toEqual(["Object.create", "Promise.all", "batch.claim", "z.record"]);
});
