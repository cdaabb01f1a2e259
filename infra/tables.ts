import { RemovalPolicy } from "aws-cdk-lib";
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  TableEncryptionV2,
  TableV2,
} from "aws-cdk-lib/aws-dynamodb";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { runsTable, stateTable, type TableShape } from "../shared/aws/tables.ts";
import { namesOf } from "../shared/core/names.ts";
import type { Stage } from "./stages.ts";

export interface TablesProps {
  readonly stage: Stage;
  readonly key: IKey | undefined;
}

export class Tables extends Construct {
  readonly runs: TableV2;
  readonly state: TableV2;

  constructor(scope: Construct, props: TablesProps) {
    super(scope, "Tables");
    const { runsTable: runs, stateTable: state } = namesOf(props.stage.name);
    this.runs = table(this, "Runs", runs, runsTable, props);
    this.state = table(this, "State", state, stateTable, props);
  }
}

/** The ARNs of a table's indexes, each by name: a grant on `index/*` would be wider than it needs to be. */
export const indexArns = (table: TableV2, shape: TableShape): readonly string[] =>
  shape.indexes.map(({ name }) => `${table.tableArn}/index/${name}`);

const table = (
  scope: Construct,
  id: string,
  tableName: string,
  shape: TableShape,
  { stage, key }: TablesProps,
): TableV2 =>
  new TableV2(scope, id, {
    tableName,
    partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
    ...(shape.sortKey && { sortKey: { name: shape.sortKey, type: AttributeType.STRING } }),
    globalSecondaryIndexes: shape.indexes.map(index),
    timeToLiveAttribute: shape.ttl,
    billing: Billing.onDemand(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: key ? TableEncryptionV2.customerManagedKey(key) : TableEncryptionV2.dynamoOwnedKey(),
    deletionProtection: stage.keepsData,
    removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });

const index = ({
  name,
  partitionKey,
  sortKey,
}: TableShape["indexes"][number]): GlobalSecondaryIndexPropsV2 => ({
  indexName: name,
  partitionKey: { name: partitionKey, type: AttributeType.STRING },
  sortKey: { name: sortKey, type: AttributeType.NUMBER },
  projectionType: ProjectionType.KEYS_ONLY,
});
