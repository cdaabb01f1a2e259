import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  type RecursiveLoop,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { logAccess, networkAccess } from "./access.ts";
import type { Network } from "./network.ts";
import type { Settings } from "./settings.ts";

export interface PipelineFunctionProps {
  readonly settings: Settings;
  readonly key: IKey | undefined;
  readonly functionName: string;
  readonly description: string;
  /** The folder of the bundle. Undefined when CDK does not need the code: see `Pipeline`. */
  readonly bundle: string | undefined;
  readonly network: Network | undefined;
  readonly timeout: Duration;
  /** Default: `memoryMb` of the pipeline. */
  readonly memoryMb?: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly access: readonly PolicyStatement[];
  readonly reservedConcurrency?: number;
  readonly recursiveLoop?: RecursiveLoop;
}

/** A function with its own log group and role. */
export class PipelineFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    super(scope, id);
    const { functionName, description, timeout, reservedConcurrency, recursiveLoop, network } = props;
    const logGroup = logGroupOf(this, props);
    this.lambda = new LambdaFunction(this, "Function", {
      functionName,
      description,
      timeout,
      code: props.bundle === undefined ? Code.fromInline("// not deployed") : Code.fromAsset(props.bundle),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb ?? props.settings.memoryMb,
      environment: { ...runtimeEnvironment(props), ...props.environment },
      logGroup,
      role: roleOf(this, [logAccess(logGroup), ...props.access, ...(network ? [networkAccess()] : [])]),
      ...(network && {
        vpc: network.vpc,
        vpcSubnets: network.subnets,
        securityGroups: [...network.securityGroups],
      }),
      ...(reservedConcurrency && { reservedConcurrentExecutions: reservedConcurrency }),
      ...(recursiveLoop && { recursiveLoop }),
    });
  }
}

/** Created explicitly: Lambda would create one that retains logs forever. */
const logGroupOf = (scope: Construct, { settings, key, functionName }: PipelineFunctionProps): LogGroup =>
  new LogGroup(scope, "Logs", {
    logGroupName: `/aws/lambda/${functionName}`,
    retention: settings.logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(key && { encryptionKey: key }),
  });

/** Does not use the managed policy for logs, which allows every log group of the account. */
const roleOf = (scope: Construct, access: readonly PolicyStatement[]): Role =>
  new Role(scope, "Role", {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: { access: new PolicyDocument({ statements: [...access] }) },
  });

/**
 * Source maps cost 14 ms of a cold start (111 ms instead of 97) and 70 ms at an environment's first error. In return, a
 * dead run's stack names a line of a job, and not a column of a bundle.
 */
const runtimeEnvironment = ({ settings, functionName }: PipelineFunctionProps) => ({
  NODE_OPTIONS: "--enable-source-maps",
  POWERTOOLS_SERVICE_NAME: functionName,
  POWERTOOLS_LOG_LEVEL: settings.logLevel,
});
