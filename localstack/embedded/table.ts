import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexDescription,
  type KeySchemaElement,
  ResourceInUseException,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import type { TableShape } from "../../shared/aws/dynamodb/tables.ts";

/**
 * Creates a table unless it exists.
 * @throws Error when it exists with other keys, created by an older version
 */
export const createTable = async (
  dynamodb: DynamoDBClient,
  name: string,
  shape: TableShape,
): Promise<void> => {
  const wanted = tableInput(name, shape);
  try {
    await dynamodb.send(new CreateTableCommand(wanted));
  } catch (problem) {
    if (!(problem instanceof ResourceInUseException)) throw problem;
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: name }));
    if (keysOf(Table) !== keysOf(wanted)) {
      throw new Error(
        `table ${name} has other keys than this version needs: to delete the data and start with empty data, npx millrace dev --reset`,
      );
    }
  }
};

/** All keys of a table as one text, for comparison. */
const keysOf = (table: Pick<TableDescription, "KeySchema" | "GlobalSecondaryIndexes"> | undefined): string =>
  [`${namesIn(table?.KeySchema)}`, ...(table?.GlobalSecondaryIndexes ?? []).map(indexKeys)].sort().join(";");

const indexKeys = ({ IndexName, KeySchema }: GlobalSecondaryIndexDescription): string =>
  `${IndexName}:${namesIn(KeySchema)}`;

const namesIn = (schema: readonly KeySchemaElement[] = []): string =>
  schema.map(({ AttributeName }) => AttributeName).join("/");

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

/** Every key attribute once: table keys are strings, and an index sorts by a number or a text. */
const attributeTypes = (shape: TableShape) => {
  const texts = [shape.partitionKey, shape.sortKey, ...shape.indexes.map((index) => index.partitionKey)];
  const types = new Map<string, "S" | "N">();
  for (const name of texts) if (name !== undefined) types.set(name, "S");
  for (const index of shape.indexes) types.set(index.sortKey, index.sortsByText ? "S" : "N");
  return [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
};
