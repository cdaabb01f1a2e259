import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { Json, StageTemplate } from "./synthesized.ts";

/** What a deployment that fails, or a stack that is destroyed, leaves behind. */
export const describeRemoval = ({ isProd, resources, json, all }: StageTemplate): void => {
  const kept = resources.filter(({ DeletionPolicy, UpdateReplacePolicy }) =>
    [DeletionPolicy, UpdateReplacePolicy].some((policy) => policy?.startsWith("Retain")),
  );

  test("keeps the tables and their key when prod is destroyed, and nothing else", () => {
    expect(kept.map(({ Type }) => Type).sort()).toEqual(
      isProd ? ["AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::GlobalTable", "AWS::KMS::Key"] : [],
    );
  });

  test("keeps them on deletion and on replacement, but not when their creation is rolled back", () => {
    for (const { DeletionPolicy, UpdateReplacePolicy } of kept)
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(["RetainExceptOnCreate", "Retain"]);
  });

  test("keeps nothing that has a fixed name, which would block the next deployment", () => {
    expect(kept.flatMap(fixedNames)).toEqual([]);
  });

  test("that keeps them can take them over by the ids that the README names", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const [mapping = ""] = readme.match(/(?<=echo ')[^']+(?=' > kept\.json)/) ?? [];
    const ids = Object.entries<Json>(json.Resources).flatMap(([id, one]) => (kept.includes(one) ? [id] : []));
    if (isProd) expect(Object.keys(JSON.parse(mapping)).sort()).toEqual(ids.sort());
  });

  test("deletes everything else, the queues and the key's alias included", () => {
    for (const type of ["AWS::SQS::Queue", "AWS::KMS::Alias", "AWS::Logs::LogGroup", "AWS::SNS::Topic"])
      for (const { DeletionPolicy = "Delete" } of all(type)) expect(DeletionPolicy).toBe("Delete");
  });

  test("creates no table that refuses to be deleted, so that a failed creation can be rolled back", () => {
    const tables = all("AWS::DynamoDB::GlobalTable").map(({ Properties }) => Properties.Replicas[0]);
    expect(tables.map(({ DeletionProtectionEnabled }) => DeletionProtectionEnabled)).toEqual([false, false]);
  });
};

/** Properties such as TableName, QueueName, Name. A key's attributes are nested, and no names of resources. */
const fixedNames = ({ Properties }: Json): readonly string[] =>
  Object.keys(Properties).filter((property) => /^(\w+)?Name$/.test(property));
