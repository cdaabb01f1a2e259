import { type App, CfnOutput, Stack } from "aws-cdk-lib";
import { namesOf } from "../shared/core/names.ts";
import { Alarms } from "./alarms.ts";
import type { Bundles } from "./bundle.ts";
import { checkStage } from "./check-stage.ts";
import { encryptionKey } from "./encryption-key.ts";
import { Functions } from "./functions.ts";
import { Lanes } from "./lanes.ts";
import { Policies } from "./policies.ts";
import type { Stage } from "./stages.ts";
import { Tables } from "./tables.ts";
import { Ticks } from "./ticks.ts";

export interface MillraceStackProps {
  readonly stage: Stage;
  readonly bundles: Bundles;
  readonly region: string;
}

/** The pipeline of one stage. */
export class MillraceStack extends Stack {
  constructor(app: App, { stage, bundles, region }: MillraceStackProps) {
    checkStage(stage);
    const { stack } = namesOf(stage.name);
    const terminationProtection = stage.refusesDeletion ?? false;
    super(app, stack, { env: { region }, stackName: stack, terminationProtection });

    const key = stage.hasOwnKey ? encryptionKey(this, stage) : undefined;
    const tables = new Tables(this, { stage, key });
    const lanes = new Lanes(this, { stage, key, tables });
    const functions = new Functions(this, { stage, key, bundles, tables, lanes });
    const policies = new Policies(this, { stage, tables, lanes });
    new Ticks(this, { stage, functions });
    const alarms = new Alarms(this, { stage, key, tickLogs: functions.dispatcher.logGroup });

    this.output("EnqueuePolicy", policies.enqueue.managedPolicyArn);
    this.output("OperatePolicy", policies.operate.managedPolicyArn);
    this.output("AlarmTopic", alarms.topic.topicArn);
    this.output("RunsTable", tables.runs.tableName);
    this.output("StateTable", tables.state.tableName);
    for (const { name, queue, deadLetterQueue } of lanes.all) {
      this.output(`Queue${capitalized(name)}`, queue.queueUrl);
      this.output(`DeadLetterQueue${capitalized(name)}`, deadLetterQueue.queueUrl);
    }
  }

  private output(id: string, value: string): void {
    new CfnOutput(this, id, { value });
  }
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
