import {
  Connections,
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
} from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import { namesOf } from "../shared/core/names.ts";
import type { Settings } from "./settings.ts";

/** The part of a VPC in which the functions run. */
export interface Network {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroups: readonly ISecurityGroup[];
  readonly connections: Connections;
}

export const networkOf = (scope: Construct, { name, vpc: settings }: Settings): Network | undefined => {
  if (settings === undefined) return undefined;
  const { vpc, subnets = { subnetType: SubnetType.PRIVATE_WITH_EGRESS } } = settings;
  const securityGroups = settings.securityGroups ?? [
    new SecurityGroup(scope, "SecurityGroup", {
      vpc,
      description: `The functions of ${namesOf(name).stack}`,
    }),
  ];
  return {
    vpc,
    subnets,
    securityGroups,
    connections: new Connections({ securityGroups: [...securityGroups] }),
  };
};
