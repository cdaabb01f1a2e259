import { expect, test } from "@jest/globals";
import { type Json, type StageTemplate, tableNames, tableOf } from "./synthesized.ts";

/** cdk-nag has rules for `AWS::DynamoDB::Table` but none for `GlobalTable`. These tests replace them. */
export const describeTables = ({ isProd, all }: StageTemplate): void => {
  const tables: Readonly<Record<string, Json>> = Object.fromEntries(
    all("AWS::DynamoDB::GlobalTable").map(({ Properties }) => [tableOf(Properties), Properties]),
  );
  const each = Object.values(tables);

  test("are exactly the global tables for runs and state", () => {
    expect(Object.keys(tables).sort()).toEqual([tableNames.runs, tableNames.state]);
    expect(all("AWS::DynamoDB::Table")).toEqual([]);
  });

  test("are billed on demand, with a single replica in the stack's region", () => {
    for (const { BillingMode, Replicas } of each) {
      expect(BillingMode).toBe("PAY_PER_REQUEST");
      expect(Replicas.map(({ Region }: Json) => Region)).toEqual(["eu-west-1"]);
    }
  });

  test("expire items by TTL", () => {
    for (const { TimeToLiveSpecification } of each)
      expect(TimeToLiveSpecification).toEqual({ AttributeName: "ttl", Enabled: true });
  });

  test("have point-in-time recovery", () => {
    for (const { Replicas } of each)
      expect(Replicas[0].PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
  });

  test("are encrypted, in prod under the customer-managed key", () => {
    for (const { Replicas, SSESpecification } of each) {
      expect(SSESpecification).toEqual(isProd ? { SSEEnabled: true, SSEType: "KMS" } : { SSEEnabled: false });
      expect("SSESpecification" in Replicas[0]).toBe(isProd);
    }
  });

  test("have the keys and indexes of the code, and project only keys", () => {
    expect(keysOf(tables[tableNames.runs])).toEqual({
      table: ["id"],
      list: ["listKey", "createdAt"],
      timers: ["timerKey", "timerAt"],
      dead: ["deadKey", "deadSort"],
    });
    expect(keysOf(tables[tableNames.state])).toEqual({
      table: ["pk", "sk"],
      timers: ["timerKey", "timerAt"],
    });
    const indexes = each.flatMap((table) => table.GlobalSecondaryIndexes);
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
