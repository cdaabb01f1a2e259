import { access, region } from "./embedded/address.ts";
import type { StackEnv } from "./embedded/resources.ts";

/** What a newcomer needs to know once the pipeline runs. */
export const banner = (env: StackEnv, envFile: string): string => {
  const { accessKeyId, secretAccessKey } = access.credentials;
  return `
Millrace runs. Ctrl-C stops it.

  SQS        ${env.AWS_ENDPOINT_URL_SQS}
  DynamoDB   ${env.AWS_ENDPOINT_URL_DYNAMODB}
  variables  ${envFile}

Send a run by hand, from another terminal:

  npx millrace enqueue heartbeat

or as any program would, by a message to a lane:

  AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} aws sqs send-message --region ${region} \\
    --endpoint-url ${env.AWS_ENDPOINT_URL_SQS} \\
    --queue-url ${env.MILLRACE_QUEUE_NORMAL} \\
    --message-body '{"v":1,"job":"heartbeat"}'
`;
};
