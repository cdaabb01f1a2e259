import { ManagedPolicy } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { namesOf } from "../shared/core/names.ts";
import { enqueueAccess, operateAccess, type Resources } from "./access.ts";
import type { Stage } from "./stages.ts";

export interface PoliciesProps extends Resources {
  readonly stage: Stage;
}

/**
 * Policies for roles outside this stack. Their names are fixed, so that other stacks can name them. CloudFormation
 * refuses to delete this stack while a role uses one of them. They grant nothing on the stage's key, which this account
 * may use through tables and queues: see encryption-key.ts.
 */
export class Policies extends Construct {
  readonly enqueue: ManagedPolicy;
  readonly operate: ManagedPolicy;

  constructor(scope: Construct, { stage, ...resources }: PoliciesProps) {
    super(scope, "Policies");
    const { stack } = namesOf(stage.name);
    this.enqueue = new ManagedPolicy(this, "Enqueue", {
      managedPolicyName: `${stack}-enqueue`,
      description: `Send work to ${stack}, by enqueue() or by messages to its lanes`,
      statements: [...enqueueAccess(resources)],
    });
    this.operate = new ManagedPolicy(this, "Operate", {
      managedPolicyName: `${stack}-operate`,
      description: `Every command of the CLI on ${stack}`,
      statements: [...operateAccess(resources)],
    });
  }
}
