import { expect, test } from "@jest/globals";
import type { Json, StageTemplate } from "./synthesized.ts";

/** Tests what a failed deployment or a destroyed stack leaves behind. */
export const describeRemoval = ({ isProd, resources, all }: StageTemplate): void => {
  const kept = resources.filter(({ DeletionPolicy, UpdateReplacePolicy }) =>
    [DeletionPolicy, UpdateReplacePolicy].some((policy) => policy?.startsWith("Retain")),
  );

  test("retains only the tables and their key, and only in prod", () => {
    expect(kept.map(({ Type }) => Type).sort()).toEqual(
      isProd ? ["AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::GlobalTable", "AWS::KMS::Key"] : [],
    );
  });

  test("retains them on deletion and replacement, but not on a rollback of their creation", () => {
    for (const { DeletionPolicy, UpdateReplacePolicy } of kept)
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(["RetainExceptOnCreate", "Retain"]);
  });

  test("retains nothing with a fixed name, which would block the next deployment", () => {
    expect(kept.flatMap(fixedNames)).toEqual([]);
  });

  test("deletes queues, logs, topics and the key's alias", () => {
    for (const type of ["AWS::SQS::Queue", "AWS::KMS::Alias", "AWS::Logs::LogGroup", "AWS::SNS::Topic"])
      for (const { DeletionPolicy = "Delete" } of all(type)) expect(DeletionPolicy).toBe("Delete");
  });

  test("creates tables without deletion protection, so that a failed creation can be rolled back", () => {
    const tables = all("AWS::DynamoDB::GlobalTable").map(({ Properties }) => Properties.Replicas[0]);
    expect(tables.map(({ DeletionProtectionEnabled }) => DeletionProtectionEnabled)).toEqual([false, false]);
  });
};

/** Properties such as TableName, QueueName, Name. AttributeName in a key schema is nested, so it is not included. */
const fixedNames = ({ Properties }: Json): readonly string[] =>
  Object.keys(Properties).filter((property) => /^(\w+)?Name$/.test(property));
