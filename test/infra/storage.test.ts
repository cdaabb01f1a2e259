import { describe, expect, test } from "@jest/globals";
import { lanes, laneTimeoutMs } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import { type Json, synthesize } from "./synthesized.ts";

const templates = synthesize();

describe.each(templates)("tables of $stage", ({ stage, isProd, named }) => {
  const names = namesOf(stage);
  const tables = named("AWS::DynamoDB::GlobalTable", "TableName");

  test("are two, on demand, cleaned up by TTL", () => {
    expect(Object.keys(tables).sort()).toEqual([names.runsTable, names.stateTable]);
    for (const { BillingMode, TimeToLiveSpecification } of Object.values(tables)) {
      expect(BillingMode).toBe("PAY_PER_REQUEST");
      expect(TimeToLiveSpecification).toEqual({ AttributeName: "ttl", Enabled: true });
    }
  });

  test("can be recovered to a point in time, and are encrypted by a key of ours in prod", () => {
    for (const { Replicas, SSESpecification } of Object.values(tables)) {
      expect(Replicas[0].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled).toBe(true);
      expect(Replicas[0].DeletionProtectionEnabled).toBe(isProd);
      expect(SSESpecification).toEqual(isProd ? { SSEEnabled: true, SSEType: "KMS" } : { SSEEnabled: false });
      expect("SSESpecification" in Replicas[0]).toBe(isProd);
    }
  });

  test("have the keys and indexes that the code asks for, and project keys only", () => {
    expect(keysOf(tables[names.runsTable])).toEqual({
      table: ["id"],
      list: ["listKey", "createdAt"],
      due: ["dueKey", "dueAt"],
      dead: ["deadKey", "diedAt"],
    });
    expect(keysOf(tables[names.stateTable])).toEqual({ table: ["pk", "sk"], due: ["dueKey", "dueAt"] });
    const indexes = Object.values(tables).flatMap((table) => table.GlobalSecondaryIndexes);
    expect(new Set(indexes.map(({ Projection }) => Projection.ProjectionType))).toEqual(
      new Set(["KEYS_ONLY"]),
    );
  });
});

describe.each(templates)("queues of $stage", ({ stage, isProd, named, all, nameBehind }) => {
  const names = namesOf(stage);
  const queues = named("AWS::SQS::Queue", "QueueName");

  test("are a lane and its dead-letter queue for each lane, and no other", () => {
    const expected = lanes.flatMap(({ name }) => [names.queue(name), names.deadLetterQueue(name)]);
    expect(Object.keys(queues).sort()).toEqual(expected.sort());
  });

  test.each(lanes)("of lane $name hide a message for six times its worker's timeout", ({ name }) => {
    expect(queues[names.queue(name)].VisibilityTimeout).toBeGreaterThanOrEqual(
      (6 * laneTimeoutMs(name)) / 1_000,
    );
  });

  test.each(lanes)(
    "of lane $name give what nobody claims to the lane's own dead-letter queue",
    ({ name }) => {
      const { deadLetterTargetArn, maxReceiveCount } = queues[names.queue(name)].RedrivePolicy;
      expect(nameBehind(deadLetterTargetArn)).toBe(names.deadLetterQueue(name));
      expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
      const { redrivePermission, sourceQueueArns } = queues[names.deadLetterQueue(name)].RedriveAllowPolicy;
      expect(redrivePermission).toBe("byQueue");
      expect(sourceQueueArns.map((arn: Json) => JSON.stringify(arn).match(/:([\w-]+)"/)?.[1])).toEqual([
        names.queue(name),
      ]);
    },
  );

  test("keep messages as long as SQS can, encrypted", () => {
    for (const { MessageRetentionPeriod, KmsMasterKeyId, SqsManagedSseEnabled } of Object.values(queues)) {
      expect(MessageRetentionPeriod).toBe(14 * 86_400);
      expect(isProd ? KmsMasterKeyId : SqsManagedSseEnabled).toBeTruthy();
    }
  });

  test("refuse a request without TLS", () => {
    const refusing = all("AWS::SQS::QueuePolicy").filter(({ Properties }) =>
      Properties.PolicyDocument.Statement.some(
        ({ Effect, Condition }: Json) =>
          Effect === "Deny" && Condition.Bool["aws:SecureTransport"] === "false",
      ),
    );
    expect(refusing.flatMap(({ Properties }) => Properties.Queues.map(nameBehind)).sort()).toEqual(
      Object.keys(queues).sort(),
    );
  });
});

test.each(templates)(
  "$stage keeps what holds data, if it is prod, when the stack goes",
  ({ isProd, all }) => {
    const types = ["AWS::DynamoDB::GlobalTable", "AWS::SQS::Queue", "AWS::KMS::Key"];
    const policies = types.flatMap(all).map(({ DeletionPolicy }) => DeletionPolicy);
    expect(new Set(policies)).toEqual(new Set([isProd ? "Retain" : "Delete"]));
  },
);

test.each(templates)(
  "$stage puts out the names of its tables and queues",
  ({ stage, outputs, nameBehind }) => {
    const names = namesOf(stage);
    const put = Object.entries(outputs).map(([id, { Value }]) => [id, nameBehind(Value)]);
    expect(Object.fromEntries(put)).toMatchObject({
      RunsTable: names.runsTable,
      StateTable: names.stateTable,
      QueueNormal: names.queue("normal"),
      DeadLetterQueueLow: names.deadLetterQueue("low"),
    });
    expect(put).toHaveLength(2 + 2 * lanes.length);
  },
);

test("the key of prod is rotated, and open to its account through two services, to its logs and its alarms", () => {
  const [dev, prod] = templates.map(({ all }) => all("AWS::KMS::Key"));
  expect(dev).toEqual([]);
  expect(prod?.[0].Properties.EnableKeyRotation).toBe(true);
  const [, ...statements] = prod?.[0].Properties.KeyPolicy.Statement ?? [];
  const conditions = statements.map(({ Condition }: Json) =>
    Object.values<object>(Condition).flatMap(Object.keys),
  );
  expect(conditions).toEqual([
    ["kms:CallerAccount", "kms:ViaService"],
    ["kms:EncryptionContext:aws:logs:arn"],
    ["aws:SourceAccount"],
  ]);
  expect(JSON.stringify(statements)).not.toMatch(/kms:\w*\*/);
});

const keysOf = ({ KeySchema, GlobalSecondaryIndexes }: Json): Readonly<Record<string, readonly string[]>> => {
  const attributes = (keys: Json) => keys.map(({ AttributeName }: Json) => AttributeName);
  const indexes = GlobalSecondaryIndexes.map((index: Json) => [index.IndexName, attributes(index.KeySchema)]);
  return { table: attributes(KeySchema), ...Object.fromEntries(indexes) };
};
