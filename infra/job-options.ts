import { ArnFormat, Stack, Token, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { JobSecretSource } from "../shared/core/jobs/job-secrets.ts";
import { redactPatterns } from "../shared/core/redact.ts";
import type { JobAccess, JobSecret, Settings } from "./settings.ts";
import type { Workers } from "./workers.ts";

type JobOptions = Pick<Settings, "environment" | "secrets" | "access">;

/** The variable that lists the sources of the job secrets for a worker. Empty without secrets. */
export const jobSecretsVariable = ({ secrets }: JobOptions): { MILLRACE_JOB_SECRETS?: string } => {
  const sources = Object.entries(secrets).map(([name, secret]) => [name, sourceOf(secret)]);
  return sources.length === 0 ? {} : { MILLRACE_JOB_SECRETS: JSON.stringify(Object.fromEntries(sources)) };
};

/** How a worker finds a value. */
const sourceOf = (one: JobSecret): JobSecretSource => {
  if ("parameter" in one) {
    const { parameter } = one;
    return { parameter: typeof parameter === "string" ? parameter : parameter.parameterName };
  }
  const { secret, field } = one;
  const place = typeof secret === "string" ? secret : (secret.secretFullArn ?? secret.secretName);
  return { secret: place, ...(field !== undefined && { field }) };
};

/** Gives the roles of all workers what the jobs need. */
export const allowJobs = (scope: Construct, { secrets, access }: JobOptions, workers: Workers): void => {
  for (const one of Object.values(secrets)) grantRead(scope, one, workers);
  for (const one of access) {
    workers.addToPrincipalPolicy(
      new PolicyStatement({
        actions: [...one.actions],
        resources: [...one.resources],
        conditions: one.conditions ?? {},
      }),
    );
  }
  for (const finding of wildcards(access)) {
    Validations.of(workers.policy).acknowledge({
      id: `AwsSolutions-IAM5[${finding}]`,
      reason: "requested by access of the pipeline",
    });
  }
};

/** What cdk-nag finds, if the app uses it. */
const wildcards = (access: readonly JobAccess[]): readonly string[] =>
  access.flatMap(({ actions, resources }) => [
    ...actions.filter((action) => action.includes("*")).map((action) => `Action::${action}`),
    ...resources.filter((resource) => resource.includes("*")).map((resource) => `Resource::${resource}`),
  ]);

const grantRead = (scope: Construct, one: JobSecret, workers: Workers): void => {
  const allow = (action: string, resource: string): void => {
    workers.addToPrincipalPolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
  };
  if ("secret" in one) {
    if (typeof one.secret === "string") allow("secretsmanager:GetSecretValue", secretArn(scope, one.secret));
    else one.secret.grantRead(workers);
  } else {
    const { parameter } = one;
    if (typeof parameter === "string") allow("ssm:GetParameters", parameterArn(scope, parameter));
    else parameter.grantRead(workers);
  }
  if (one.kmsKeyArn !== undefined) allow("kms:Decrypt", one.kmsKeyArn);
};

/** A secret's ARN ends in six random characters that are not part of its name. */
const secretArn = (scope: Construct, secret: string): string =>
  secret.startsWith("arn:")
    ? secret
    : Stack.of(scope).formatArn({
        service: "secretsmanager",
        resource: "secret",
        resourceName: `${secret}-??????`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });

const parameterArn = (scope: Construct, parameter: string): string =>
  Stack.of(scope).formatArn({
    service: "ssm",
    resource: "parameter",
    resourceName: parameter.replace(/^\//, ""),
  });

/** Returns what is wrong with the options for jobs, or undefined. */
export const jobOptionsProblem = (settings: JobOptions): string | undefined => {
  const { environment, secrets, access } = settings;
  return [
    ...Object.keys(environment).map((name) => nameProblem("environment", name)),
    ...Object.keys(secrets).map((name) => nameProblem("secrets", name)),
    ...Object.entries(environment).map(([name, value]) => valueProblem(name, value, secrets)),
    ...Object.entries(secrets).map(([name, source]) => sourceProblem(name, source)),
    ...access.map(accessProblem),
    sizeProblem(settings),
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
  if (Object.hasOwn(secrets, name)) return `environment: "${name}" is in secrets too; leave one of them out`;
  return Token.isUnresolved(value) || redactPatterns(value) === value
    ? undefined
    : `environment: the value of "${name}" looks like a secret; put it into secrets`;
};

const sourceProblem = (name: string, source: JobSecret): string | undefined => {
  if (
    source.kmsKeyArn !== undefined &&
    !Token.isUnresolved(source.kmsKeyArn) &&
    !/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(source.kmsKeyArn)
  )
    return `secrets.${name}.kmsKeyArn: expected the ARN of a key, got "${source.kmsKeyArn}"`;
  if ("secret" in source) {
    return isGiven(source.secret) ||
      /^(?:arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[\w/+=.@-]{1,512}$/.test(source.secret)
      ? undefined
      : `secrets.${name}.secret: expected a secret, or its name or ARN, got "${source.secret}"`;
  }
  return isGiven(source.parameter) || /^\/?[\w.-]+(?:\/[\w.-]+)*$/.test(source.parameter)
    ? undefined
    : `secrets.${name}.parameter: expected a parameter, or its name such as "/millrace/dev/smtp-url", got "${source.parameter}"`;
};

/** Whether a value comes from a construct, so that it is right whatever it says. */
const isGiven = <T>(value: T | string): value is T => typeof value !== "string" || Token.isUnresolved(value);

const accessProblem = ({ actions, resources }: JobAccess, at: number): string | undefined => {
  const wrong = actions.find((action) => !/^[a-z0-9-]+:[A-Za-z*]+$/.test(action) || action.endsWith(":*"));
  if (wrong !== undefined || actions.length === 0)
    return `access[${at}].actions: expected actions such as "s3:GetObject", got "${wrong ?? "none"}"`;
  const odd = resources.find(
    (resource) => resource !== "*" && !resource.startsWith("arn:") && !Token.isUnresolved(resource),
  );
  return odd !== undefined || resources.length === 0
    ? `access[${at}].resources: expected ARNs, got "${odd ?? "none"}"`
    : undefined;
};

/** Lambda accepts 4 KB of variables per function. The pipeline's own, with names of queues and tables, take 1.5 KB. */
const maxVariableBytes = 2_500;

const sizeProblem = (settings: JobOptions): string | undefined => {
  const bytes = Buffer.byteLength(
    JSON.stringify({ ...settings.environment, ...jobSecretsVariable(settings) }),
  );
  return bytes <= maxVariableBytes
    ? undefined
    : `environment and secrets: expected at most ${maxVariableBytes} bytes together, got ${bytes}; keep large settings in a file under jobs/data`;
};
