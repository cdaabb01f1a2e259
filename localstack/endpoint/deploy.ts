import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { PipelineEnv } from "../../shared/aws/env.ts";
import { resolveStage } from "../../shared/aws/resolve.ts";
import { dynamodbAt, sqsAt } from "./access.ts";
import { createProject, type JobFiles, type Project, stage } from "./project.ts";

/** The real stack, deployed to an endpoint by the real CDK. */
export interface Deployed {
  readonly project: Project;
  /** The names of its tables and queues. */
  readonly env: PipelineEnv;
  readonly clients: { readonly dynamodb: DynamoDBClient; readonly sqs: SQSClient };
  remove(): Promise<void>;
}

export interface DeployOptions {
  readonly url: string;
  /** Whether the endpoint keeps running afterwards, so that the stage must be destroyed at the end. */
  readonly outlivesTests: boolean;
  readonly jobs: JobFiles;
}

/** @throws Error when the endpoint already has the stage, or the deployment fails; nothing is left behind then */
export const deploy = async ({ url, outlivesTests, jobs }: DeployOptions): Promise<Deployed> => {
  await checkStageIsFree(url);
  const project = await createProject(url, jobs);
  const remove = async (): Promise<void> => {
    if (outlivesTests) await project.destroy();
    await project.remove();
  };
  try {
    await project.bootstrap();
    await project.deploy();
    return await connected(url, project, remove);
  } catch (problem) {
    await remove();
    throw problem;
  }
};

const connected = async (url: string, project: Project, remove: Deployed["remove"]): Promise<Deployed> => {
  const clients = { dynamodb: dynamodbAt(url), sqs: sqsAt(url) };
  const close = (): void => {
    clients.dynamodb.destroy();
    clients.sqs.destroy();
  };
  const env = await resolveStage(stage, clients.sqs);
  return { project, env, clients, remove: () => remove().finally(close) };
};

/** Refuses an existing stage: the tests would overwrite it, and destroy it at the end. */
const checkStageIsFree = async (url: string): Promise<void> => {
  const sqs = sqsAt(url);
  const isTaken = await resolveStage(stage, sqs).then(
    () => true,
    () => false,
  );
  sqs.destroy();
  if (!isTaken) return;
  throw new Error(
    `${url} already has a stage "${stage}"; remove it with "npx cdk destroy millrace-${stage}", or restart that server`,
  );
};
