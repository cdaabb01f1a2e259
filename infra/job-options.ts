import { ArnFormat, Stack, Validations } from "aws-cdk-lib";
import { Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { redactPatterns } from "../shared/core/redact.ts";
import type { JobAccess, JobSecret, Stage } from "./stages.ts";

type JobOptions = Pick<Stage, "jobEnvironment" | "jobSecrets" | "jobAccess">;

/** The variable that lists the sources of the job secrets for a worker. Empty without secrets. */
export const jobSecretsVariable = ({ jobSecrets = {} }: JobOptions): { MILLRACE_JOB_SECRETS?: string } => {
  const sources = Object.entries(jobSecrets).map(([name, { kmsKeyArn: _, ...source }]) => [name, source]);
  return sources.length === 0 ? {} : { MILLRACE_JOB_SECRETS: JSON.stringify(Object.fromEntries(sources)) };
};

/** Attaches one policy to the roles of all workers, if the jobs need access to anything. */
export const allowJobs = (scope: Construct, stage: JobOptions, workers: readonly LambdaFunction[]): void => {
  const { jobSecrets = {}, jobAccess = [] } = stage;
  const statements = [
    ...secretStatements(Stack.of(scope), Object.values(jobSecrets)),
    ...jobAccess.map(
      (access) => new PolicyStatement({ ...mutable(access), conditions: access.conditions ?? {} }),
    ),
  ];
  if (statements.length === 0) return;
  const policy = new Policy(scope, "JobAccess", { statements });
  for (const worker of workers) {
    if (worker.role) policy.attachToRole(worker.role);
    worker.node.addDependency(policy);
  }
  for (const finding of wildcards(jobAccess)) {
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[${finding}]`,
      reason: "requested by jobAccess of the stage",
    });
  }
};

const mutable = ({ actions, resources }: JobAccess) => ({ actions: [...actions], resources: [...resources] });

const wildcards = (jobAccess: readonly JobAccess[]): readonly string[] =>
  jobAccess.flatMap(({ actions, resources }) => [
    ...actions.filter((action) => action.includes("*")).map((action) => `Action::${action}`),
    ...resources.filter((resource) => resource.includes("*")).map((resource) => `Resource::${resource}`),
  ]);

/** A secret's ARN ends in six random characters that are not part of its name. */
const secretStatements = (stack: Stack, secrets: readonly JobSecret[]): readonly PolicyStatement[] => {
  const secretArns = secrets.flatMap((one) =>
    "secret" in one
      ? [one.secret.startsWith("arn:") ? one.secret : arnOf(stack, "secretsmanager", one.secret)]
      : [],
  );
  const parameterArns = secrets.flatMap((one) =>
    "parameter" in one ? [arnOf(stack, "ssm", one.parameter)] : [],
  );
  const keyArns = secrets.flatMap(({ kmsKeyArn }) => kmsKeyArn ?? []);
  return [
    ...statementsFor("secretsmanager:GetSecretValue", secretArns),
    ...statementsFor("ssm:GetParameters", parameterArns),
    ...statementsFor("kms:Decrypt", keyArns),
  ];
};

const statementsFor = (action: string, arns: readonly string[]): readonly PolicyStatement[] =>
  arns.length === 0 ? [] : [new PolicyStatement({ actions: [action], resources: [...new Set(arns)] })];

const arnOf = (stack: Stack, service: "secretsmanager" | "ssm", name: string): string =>
  service === "ssm"
    ? stack.formatArn({ service, resource: "parameter", resourceName: name.replace(/^\//, "") })
    : stack.formatArn({
        service,
        resource: "secret",
        resourceName: `${name}-??????`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });

/** Returns what is wrong with a stage's options for jobs, or undefined. */
export const jobOptionsProblem = (stage: JobOptions): string | undefined => {
  const { jobEnvironment, jobSecrets = {}, jobAccess = [] } = stage;
  return [
    ...Object.keys(jobEnvironment).map((name) => nameProblem("jobEnvironment", name)),
    ...Object.keys(jobSecrets).map((name) => nameProblem("jobSecrets", name)),
    ...Object.entries(jobEnvironment).map(([name, value]) => valueProblem(name, value, jobSecrets)),
    ...Object.entries(jobSecrets).map(([name, source]) => sourceProblem(name, source)),
    ...jobAccess.map(accessProblem),
    sizeProblem(stage),
  ].find((problem) => problem !== undefined);
};

const reserved = /^(?:MILLRACE_|AWS_|LAMBDA_|POWERTOOLS_|_)|^(?:NODE_OPTIONS|TZ)$/;

const nameProblem = (option: string, name: string): string | undefined => {
  if (!/^[A-Za-z]\w+$/.test(name))
    return `${option}: expected names of at least 2 letters, digits and underscores, starting with a letter, got "${name}"`;
  return reserved.test(name)
    ? `${option}: "${name}" is reserved by the pipeline, Lambda or Node; choose another name`
    : undefined;
};

const valueProblem = (name: string, value: string, secrets: object): string | undefined => {
  if (Object.hasOwn(secrets, name))
    return `jobEnvironment: "${name}" is in jobSecrets too; leave one of them out`;
  return redactPatterns(value) === value
    ? undefined
    : `jobEnvironment: the value of "${name}" looks like a secret; put it into jobSecrets`;
};

const sourceProblem = (name: string, source: JobSecret): string | undefined => {
  if (
    source.kmsKeyArn !== undefined &&
    !/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(source.kmsKeyArn)
  )
    return `jobSecrets.${name}.kmsKeyArn: expected the ARN of a key, got "${source.kmsKeyArn}"`;
  if ("secret" in source) {
    return /^(?:arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[\w/+=.@-]{1,512}$/.test(
      source.secret,
    )
      ? undefined
      : `jobSecrets.${name}.secret: expected the name or the ARN of a secret, got "${source.secret}"`;
  }
  return /^\/?[\w.-]+(?:\/[\w.-]+)*$/.test(source.parameter)
    ? undefined
    : `jobSecrets.${name}.parameter: expected a name such as "/millrace/dev/smtp-url", got "${source.parameter}"`;
};

const accessProblem = ({ actions, resources }: JobAccess, at: number): string | undefined => {
  const wrong = actions.find((action) => !/^[a-z0-9-]+:[A-Za-z*]+$/.test(action) || action.endsWith(":*"));
  if (wrong !== undefined || actions.length === 0)
    return `jobAccess[${at}].actions: expected actions such as "s3:GetObject", got "${wrong ?? "none"}"`;
  const odd = resources.find((resource) => resource !== "*" && !resource.startsWith("arn:"));
  return odd !== undefined || resources.length === 0
    ? `jobAccess[${at}].resources: expected ARNs, got "${odd ?? "none"}"`
    : undefined;
};

/** Lambda accepts 4 KB of variables per function. The pipeline's own, with names of queues and tables, take 1.5 KB. */
const maxVariableBytes = 2_500;

const sizeProblem = (stage: JobOptions): string | undefined => {
  const bytes = Buffer.byteLength(JSON.stringify({ ...stage.jobEnvironment, ...jobSecretsVariable(stage) }));
  return bytes <= maxVariableBytes
    ? undefined
    : `jobEnvironment and jobSecrets: expected at most ${maxVariableBytes} bytes together, got ${bytes}; keep large settings in a file under jobs/data`;
};
