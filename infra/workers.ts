import { Stack } from "aws-cdk-lib";
import {
  type AddToPrincipalPolicyResult,
  type IGrantable,
  type IPrincipal,
  Policy,
  type PolicyStatement,
  PrincipalPolicyFragment,
} from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

/** The workers of all lanes as one grantee: `bucket.grantRead(pipeline.workers)`. */
export class Workers implements IGrantable, IPrincipal {
  readonly grantPrincipal: IPrincipal = this;
  readonly assumeRoleAction = "sts:AssumeRole";
  readonly principalAccount: string;
  readonly #scope: Construct;
  readonly #functions: readonly LambdaFunction[];
  #policy: Policy | undefined;

  constructor(scope: Construct, functions: readonly LambdaFunction[]) {
    this.#scope = scope;
    this.#functions = functions;
    this.principalAccount = Stack.of(scope).account;
  }

  /** For the policies of resources. */
  get policyFragment(): PrincipalPolicyFragment {
    return new PrincipalPolicyFragment({ AWS: this.#functions.flatMap(({ role }) => role?.roleArn ?? []) });
  }

  addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    this.policy.addStatements(statement);
    return { statementAdded: true, policyDependable: this.policy };
  }

  /** One for all roles. Made when it is first needed: a policy without statements is invalid. */
  get policy(): Policy {
    if (this.#policy) return this.#policy;
    const policy = new Policy(this.#scope, "JobAccess");
    for (const worker of this.#functions) {
      if (worker.role) policy.attachToRole(worker.role);
      worker.node.addDependency(policy);
    }
    this.#policy = policy;
    return policy;
  }
}
