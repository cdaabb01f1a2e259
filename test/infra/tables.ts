import { expect, test } from "@jest/globals";
import { namesOf } from "../../shared/core/names.ts";
import type { Json, StageTemplate } from "./synthesized.ts";

export const describeTables = ({ stage, isProd, named }: StageTemplate): void => {
  const names = namesOf(stage);
  const tables = named("AWS::DynamoDB::GlobalTable", "TableName");

  test("are two, on demand, cleaned up by TTL", () => {
    expect(Object.keys(tables).sort()).toEqual([names.runsTable, names.stateTable]);
    for (const { BillingMode, TimeToLiveSpecification } of Object.values(tables)) {
      expect(BillingMode).toBe("PAY_PER_REQUEST");
      expect(TimeToLiveSpecification).toEqual({ AttributeName: "ttl", Enabled: true });
    }
  });

  test("can be recovered to a point in time; in prod refuse deletion and are encrypted by a key of ours", () => {
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
};

const keysOf = ({ KeySchema, GlobalSecondaryIndexes }: Json): Readonly<Record<string, readonly string[]>> => {
  const attributes = (keys: Json) => keys.map(({ AttributeName }: Json) => AttributeName);
  const indexes = GlobalSecondaryIndexes.map((index: Json) => [index.IndexName, attributes(index.KeySchema)]);
  return { table: attributes(KeySchema), ...Object.fromEntries(indexes) };
};
