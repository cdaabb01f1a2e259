import { relative } from "node:path";
import { nameOfFile, type Project } from "../../infra/project.ts";
import { access, region } from "../embedded/address.ts";
import type { StackEnv } from "../embedded/resources.ts";
import type { Build } from "./build.ts";

export interface BannerFacts {
  readonly env: StackEnv;
  /** Which DynamoDB runs. */
  readonly dynamodbLabel: string;
  /** The file with the variables of `env`. */
  readonly envFile: string;
  /** The base of relative paths. */
  readonly cwd: string;
  readonly project: Project;
  readonly build: Pick<Build, "jobs" | "schedules">;
  readonly isWatching: boolean;
}

/** Printed when the pipeline is running. */
export const banner = (facts: BannerFacts): string => {
  const { env, envFile, cwd, project, build, isWatching } = facts;
  const { jobs, schedules } = build;
  // The simplest call first: a job without input.
  const job = jobs.find(({ needsInput }) => !needsInput) ?? jobs[0];
  const folder = nameOfFile(project, project.jobsFolder) || ".";
  const enqueue = `npx millrace enqueue ${job?.name}${job?.needsInput ? " --input '{…}'" : ""}`;
  const width = Math.max(enqueue.length, "npx millrace schedules list".length);
  return `
Millrace is running ${counted(jobs, "job")} and ${counted(schedules, "schedule")} of ${folder}/. Press Ctrl-C to stop.

  SQS        ${env.AWS_ENDPOINT_URL_SQS}
  DynamoDB   ${env.AWS_ENDPOINT_URL_DYNAMODB}  (${facts.dynamodbLabel})
  variables  ${relative(cwd, envFile)}

From another terminal:

  ${enqueue.padEnd(width)}   run one of your jobs
  ${"npx millrace runs list".padEnd(width)}   see what ran
  ${"npx millrace schedules list".padEnd(width)}   ${scheduleNote(schedules, folder)}
${isWatching ? `\nA change in ${folder}/ is live within two seconds.\n` : ""}
Any program can send a message to a lane:

  ${sendMessage(env, job?.name ?? "")}
`;
};

const counted = (all: readonly unknown[], noun: string): string =>
  `${all.length} ${noun}${all.length === 1 ? "" : "s"}`;

const scheduleNote = (schedules: readonly string[], folder: string): string =>
  schedules.length > 0
    ? "see what is due next"
    : `none yet: export schedule(every("1 minute"), yourJob) from ${folder}/schedules.ts`;

const sendMessage = (env: StackEnv, job: string): string => {
  const { accessKeyId, secretAccessKey } = access.credentials;
  return `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} aws sqs send-message --region ${region} \\
    --endpoint-url ${env.AWS_ENDPOINT_URL_SQS} \\
    --queue-url ${env.MILLRACE_QUEUE_NORMAL} \\
    --message-body '{"v":1,"job":"${job}"}'`;
};
