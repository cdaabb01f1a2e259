import { Stack } from "aws-cdk-lib";
import { ManagedPolicy } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { namesOf } from "../shared/core/names.ts";
import { enqueueAccess, operateAccess, type Resources } from "./access.ts";
import type { Settings } from "./settings.ts";

export interface PoliciesProps extends Resources {
  readonly settings: Settings;
}

/**
 * Policies for roles outside this stack. Their names are fixed, so that other stacks can name them. CloudFormation
 * refuses to delete the stack while a role uses one of them. They grant nothing on the pipeline's key, which this account
 * may use through tables and queues: see encryption-key.ts.
 */
export class Policies extends Construct {
  readonly enqueue: ManagedPolicy;
  readonly operate: ManagedPolicy;

  constructor(scope: Construct, { settings, ...resources }: PoliciesProps) {
    super(scope, "Policies");
    const { stack } = namesOf(settings.name);
    // IAM's names are the same in all regions.
    const { region } = Stack.of(this);
    this.enqueue = new ManagedPolicy(this, "Enqueue", {
      managedPolicyName: `${stack}-enqueue-${region}`,
      description: `Send work to ${stack}, by enqueue() or by messages to its lanes`,
      statements: [...enqueueAccess(resources)],
    });
    this.operate = new ManagedPolicy(this, "Operate", {
      managedPolicyName: `${stack}-operate-${region}`,
      description: `Every command of the CLI on ${stack}`,
      statements: [...operateAccess(resources)],
    });
  }
}
