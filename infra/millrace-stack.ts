import { type App, CfnOutput, Stack } from "aws-cdk-lib";
import { laneNames } from "../shared/core/lane.ts";
import { namesOf } from "../shared/core/names.ts";
import { Pipeline, type PipelineProps } from "./pipeline.ts";

export interface MillraceStackProps extends PipelineProps {
  readonly name: string;
  readonly region: string;
}

/** One stage of this repository's own app. */
export class MillraceStack extends Stack {
  constructor(app: App, { region, ...props }: MillraceStackProps) {
    const { stack } = namesOf(props.name);
    const terminationProtection = props.refusesDeletion ?? false;
    super(app, stack, { env: { region }, stackName: stack, terminationProtection });
    const { policies, topic, tables, queues, deadLetterQueues } = new Pipeline(this, "Pipeline", props);
    this.output("EnqueuePolicy", policies.enqueue.managedPolicyArn);
    this.output("OperatePolicy", policies.operate.managedPolicyArn);
    this.output("AlarmTopic", topic.topicArn);
    this.output("RunsTable", tables.runs.tableName);
    this.output("StateTable", tables.state.tableName);
    for (const lane of laneNames) {
      this.output(`Queue${capitalized(lane)}`, queues[lane].queueUrl);
      this.output(`DeadLetterQueue${capitalized(lane)}`, deadLetterQueues[lane].queueUrl);
    }
  }

  private output(id: string, value: string): void {
    new CfnOutput(this, id, { value });
  }
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
