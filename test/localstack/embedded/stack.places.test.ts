import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readLastStart, saveLastStart } from "../../../localstack/embedded/last-start.ts";
import { lockFolder } from "../../../localstack/embedded/lock.ts";
import { freePort, isAnswered } from "../../../localstack/embedded/port.ts";
import { tableInput } from "../../../localstack/embedded/table.ts";
import { runsTable, stateTable } from "../../../shared/aws/dynamodb/tables.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-places-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("lockFolder refuses a data folder that is in use", () => {
  const release = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(
    new RegExp(
      `another Millrace \\(process ${process.pid}, started at .*\\) is running on ${folder}: stop it first`,
    ),
  );
  release();
  lockFolder(folder)();
});

test("saveLastStart merges facts, and readLastStart ignores an invalid file", () => {
  expect(readLastStart(folder)).toEqual({});
  saveLastStart(folder, { sqsPort: 1 });
  saveLastStart(folder, { dynamodbPort: 2 });
  expect(readLastStart(folder)).toEqual({ sqsPort: 1, dynamodbPort: 2 });
  writeFileSync(join(folder, "servers.json"), "{ incomplete");
  expect(readLastStart(folder)).toEqual({});
});

test("freePort returns the wanted port if it is free, else another", async () => {
  const wanted = await freePort();
  expect(await freePort(wanted)).toBe(wanted);
  expect(await isAnswered(wanted)).toBe(false);
  const other = createServer().listen(wanted, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  expect(await isAnswered(wanted)).toBe(true);
  expect(await freePort(wanted)).not.toBe(wanted);
  other.close();
});

test("tableInput declares each key once, with its type", () => {
  expect(tableInput("runs", runsTable)).toMatchObject({
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    AttributeDefinitions: expect.arrayContaining([
      { AttributeName: "id", AttributeType: "S" },
      { AttributeName: "timerKey", AttributeType: "S" },
      { AttributeName: "timerAt", AttributeType: "N" },
    ]),
  });
  expect(tableInput("state", stateTable).KeySchema).toEqual([
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ]);
});
