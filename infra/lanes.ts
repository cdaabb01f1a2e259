import { Duration, RemovalPolicy, Stack, Tags } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { type IQueue, Queue, QueueEncryption, type QueueProps, RedrivePermission } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { tableTags } from "../shared/aws/dynamodb/tables.ts";
import {
  type LaneName,
  laneNames,
  maxReceiveCount,
  messageRetentionMs,
  visibilityMs,
} from "../shared/core/lane.ts";
import { namesOf } from "../shared/core/names.ts";
import type { Settings } from "./settings.ts";
import type { Tables } from "./tables.ts";

export interface LanesProps {
  readonly settings: Settings;
  readonly key: IKey | undefined;
  readonly tables: Tables;
}

export interface LaneQueues {
  readonly name: LaneName;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
}

/**
 * The queue and the dead-letter queue of each lane. Their names are fixed, so that senders in any language find them.
 * Therefore they are never retained: the next deployment could not create them again.
 */
export class Lanes extends Construct {
  readonly critical: LaneQueues;
  readonly high: LaneQueues;
  readonly normal: LaneQueues;
  readonly low: LaneQueues;

  constructor(scope: Construct, props: LanesProps) {
    super(scope, "Lanes");
    const laneQueues = (name: LaneName): LaneQueues => queuesOf(new Construct(this, name), name, props);
    const { runs, state } = props.tables;
    Tags.of(this).add(tableTags.runs, runs.tableName);
    Tags.of(this).add(tableTags.state, state.tableName);
    this.critical = laneQueues("critical");
    this.high = laneQueues("high");
    this.normal = laneQueues("normal");
    this.low = laneQueues("low");
  }

  /** Most urgent first. */
  get all(): readonly LaneQueues[] {
    return laneNames.map((name) => this[name]);
  }
}

const queuesOf = (scope: Construct, name: LaneName, { settings, key }: LanesProps): LaneQueues => {
  const names = namesOf(settings.name);
  const common = {
    ...encryption(key),
    enforceSSL: true,
    retentionPeriod: Duration.millis(messageRetentionMs),
    removalPolicy: RemovalPolicy.DESTROY,
  };
  const deadLetterQueue = new Queue(scope, "DeadLetterQueue", {
    ...common,
    queueName: names.deadLetterQueue(name),
    redriveAllowPolicy: {
      redrivePermission: RedrivePermission.BY_QUEUE,
      sourceQueues: [queueNamed(scope, names.queue(name))],
    },
  });
  const queue = new Queue(scope, "Queue", {
    ...common,
    queueName: names.queue(name),
    visibilityTimeout: Duration.millis(visibilityMs(name)),
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount },
  });
  return { name, queue, deadLetterQueue };
};

/** By name and not by reference: the two queues name each other, which would be a circular reference. */
const queueNamed = (scope: Construct, resource: string): IQueue =>
  Queue.fromQueueArn(scope, "Source", Stack.of(scope).formatArn({ service: "sqs", resource }));

/** With a customer-managed key, SQS reuses a data key for an hour, not 5 minutes: a twelfth of the KMS requests. */
const encryption = (key: IKey | undefined): QueueProps =>
  key
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key, dataKeyReuse: Duration.hours(1) }
    : { encryption: QueueEncryption.SQS_MANAGED };
