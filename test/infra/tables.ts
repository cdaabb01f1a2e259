import { expect, test } from "@jest/globals";
import { type Json, type StageTemplate, tableNames, tableOf } from "./synthesized.ts";

/** cdk-nag has rules for `AWS::DynamoDB::Table` and does not see a `GlobalTable`: these tests stand in for them. */
export const describeTables = ({ isProd, all }: StageTemplate): void => {
  const tables: Readonly<Record<string, Json>> = Object.fromEntries(
    all("AWS::DynamoDB::GlobalTable").map(({ Properties }) => [tableOf(Properties), Properties]),
  );
  const each = Object.values(tables);

  test("are two, and there is no other kind of table", () => {
    expect(Object.keys(tables).sort()).toEqual([tableNames.runs, tableNames.state]);
    expect(all("AWS::DynamoDB::Table")).toEqual([]);
  });

  test("are paid for on demand, and have a single replica, in the stack's own region", () => {
    for (const { BillingMode, Replicas } of each) {
      expect(BillingMode).toBe("PAY_PER_REQUEST");
      expect(Replicas.map(({ Region }: Json) => Region)).toEqual(["eu-west-1"]);
    }
  });

  test("are cleaned up by TTL", () => {
    for (const { TimeToLiveSpecification } of each)
      expect(TimeToLiveSpecification).toEqual({ AttributeName: "ttl", Enabled: true });
  });

  test("can be recovered to a point in time", () => {
    for (const { Replicas } of each)
      expect(Replicas[0].PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
  });

  test("are encrypted, in prod by a key of ours", () => {
    for (const { Replicas, SSESpecification } of each) {
      expect(SSESpecification).toEqual(isProd ? { SSEEnabled: true, SSEType: "KMS" } : { SSEEnabled: false });
      expect("SSESpecification" in Replicas[0]).toBe(isProd);
    }
  });

  test("have the keys and indexes that the code asks for, and project keys only", () => {
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
