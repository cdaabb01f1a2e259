import { expect, test } from "@jest/globals";
import { callsOf } from "./calls/aws-calls.ts";
import { portMethodsIn, programOf, usesOf } from "./calls/reach.ts";

// The comparison of grants with calls, in access.ts, is worth what this reading of the sources is worth.

const programs = ["dispatcher", "sweeper", "worker"].map((name) => `functions/${name}.ts`);

test("finds what enqueueing asks of AWS, by table and by kind of queue", () => {
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

test("counts a method of a port only where it is used", () => {
  expect(callsOf("functions/worker.ts")).not.toHaveProperty("dynamodb:Query");
  expect(callsOf("functions/worker.ts")["sqs:ChangeMessageVisibility"]).toEqual(["lanes"]);
  expect(callsOf("functions/sweeper.ts")).not.toHaveProperty("sqs:ChangeMessageVisibility");
  expect(callsOf("functions/dispatcher.ts")["lambda:InvokeFunction"]).toEqual(["itself"]);
});

test("knows every port that talks to AWS, and all of its methods", () => {
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

// Under another name a call would not be seen, and its grant would be missing.
test("is right as long as ports are called by their own names", () => {
  const called = [...programs, "shared/client.ts", "cli/main.ts"].flatMap((entry) => {
    const units = programOf(entry);
    const ports = portMethodsIn(units);
    const methods = new Set([...ports.values()].flatMap((names) => [...names]));
    return [...units]
      .filter(({ path }) => !path.startsWith("shared/aws/"))
      .flatMap((unit) => usesOf(unit).calls)
      .filter(({ receiver, member }) => methods.has(member) && !ports.has(receiver))
      .map(({ receiver, member }) => `${receiver}.${member}`);
  });
  expect([...new Set(called)].sort()).toEqual(["Object.create", "Promise.all", "batch.claim", "z.record"]);
});
