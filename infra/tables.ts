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
import { runsTable, stateTable, type TableShape } from "../shared/aws/dynamodb/tables.ts";
import { removalPolicyOf } from "./removal-policy.ts";
import type { Settings } from "./settings.ts";

export interface TablesProps {
  readonly settings: Settings;
  readonly key: IKey | undefined;
}

export class Tables extends Construct {
  readonly runs: TableV2;
  readonly state: TableV2;

  constructor(scope: Construct, props: TablesProps) {
    super(scope, "Tables");
    this.runs = table(this, "Runs", runsTable, props);
    this.state = table(this, "State", stateTable, props);
  }
}

/**
 * Has no fixed name: CloudFormation chooses a new one each time, so a table that `cdk destroy` retained does not block
 * the next deployment. The queues' tags contain the names.
 *
 * Deletion protection is optional: by default it would prevent the rollback of a failed first deployment. Data is
 * protected otherwise: `cdk destroy` and replacements retain the table, no role of the stack may delete it, and a table
 * deleted by hand leaves a backup for 35 days, because point-in-time recovery is on.
 */
const table = (scope: Construct, id: string, shape: TableShape, { settings, key }: TablesProps): TableV2 =>
  new TableV2(scope, id, {
    partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
    ...(shape.sortKey && { sortKey: { name: shape.sortKey, type: AttributeType.STRING } }),
    globalSecondaryIndexes: shape.indexes.map(index),
    timeToLiveAttribute: shape.ttl,
    billing: Billing.onDemand(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: key ? TableEncryptionV2.customerManagedKey(key) : TableEncryptionV2.dynamoOwnedKey(),
    deletionProtection: settings.refusesDeletion,
    removalPolicy: removalPolicyOf(settings),
  });

const index = ({
  name,
  partitionKey,
  sortKey,
  sortsByText,
}: TableShape["indexes"][number]): GlobalSecondaryIndexPropsV2 => ({
  indexName: name,
  partitionKey: { name: partitionKey, type: AttributeType.STRING },
  sortKey: { name: sortKey, type: sortsByText ? AttributeType.STRING : AttributeType.NUMBER },
  projectionType: ProjectionType.KEYS_ONLY,
});
