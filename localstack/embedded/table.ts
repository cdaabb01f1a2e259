import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
} from "@aws-sdk/client-dynamodb";
import type { TableShape } from "../../shared/aws/tables.ts";

/** Create a table unless it is there. */
export const createTable = async (
  dynamodb: DynamoDBClient,
  name: string,
  shape: TableShape,
): Promise<void> => {
  try {
    await dynamodb.send(new CreateTableCommand(tableInput(name, shape)));
  } catch (problem) {
    if (!(problem instanceof ResourceInUseException)) throw problem;
  }
};

export const tableInput = (name: string, shape: TableShape): CreateTableCommandInput => ({
  TableName: name,
  BillingMode: "PAY_PER_REQUEST",
  KeySchema: keys(shape.partitionKey, shape.sortKey),
  AttributeDefinitions: attributeTypes(shape),
  GlobalSecondaryIndexes: shape.indexes.map((index) => ({
    IndexName: index.name,
    KeySchema: keys(index.partitionKey, index.sortKey),
    Projection: { ProjectionType: "KEYS_ONLY" },
  })),
});

const keys = (partitionKey: string, sortKey: string | undefined): KeySchemaElement[] => [
  { AttributeName: partitionKey, KeyType: "HASH" },
  ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: "RANGE" as const }]),
];

/** Every attribute of a key once: the tables' own are strings, an index sorts by a number. */
const attributeTypes = (shape: TableShape) => {
  const texts = [shape.partitionKey, shape.sortKey, ...shape.indexes.map((index) => index.partitionKey)];
  const types = new Map<string, "S" | "N">();
  for (const name of texts) if (name !== undefined) types.set(name, "S");
  for (const index of shape.indexes) types.set(index.sortKey, "N");
  return [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
};
