import { access, region } from "../embedded/address.ts";
import type { StackEnv } from "../embedded/resources.ts";

/** Printed when the pipeline is running. */
export const banner = (env: StackEnv, envFile: string): string => {
  const { accessKeyId, secretAccessKey } = access.credentials;
  return `
Millrace is running. Press Ctrl-C to stop.

  SQS        ${env.AWS_ENDPOINT_URL_SQS}
  DynamoDB   ${env.AWS_ENDPOINT_URL_DYNAMODB}
  variables  ${envFile}

Enqueue a run, from another terminal:

  npx millrace enqueue heartbeat

or send a message to a lane, as any program can:

  AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} aws sqs send-message --region ${region} \\
    --endpoint-url ${env.AWS_ENDPOINT_URL_SQS} \\
    --queue-url ${env.MILLRACE_QUEUE_NORMAL} \\
    --message-body '{"v":1,"job":"heartbeat"}'
`;
};
