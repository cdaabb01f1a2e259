import { asUnusableData } from "./data-files.ts";
import { type DynamodbServer, startDynamodb } from "./dynamodb-server.ts";
import { type LambdaApi, startLambdaApi } from "./lambda-api.ts";
import { readLastStart, saveLastStart } from "./last-start.ts";
import type { LongPolls } from "./long-polls.ts";
import { isAnswered } from "./port.ts";
import type { Reaper } from "./reaper.ts";
import { startSqs } from "./sqs-server.ts";

export interface Servers {
  readonly sqsUrl: string;
  readonly dynamodbUrl: string;
  /** The DynamoDB that was started here, and where it was found. */
  readonly dynamodbLabel: string;
  readonly lambdaUrl: string;
  readonly lambda: Pick<LambdaApi, "deploy">;
  readonly longPolls: LongPolls;
  stop(): Promise<void>;
}

export interface ServersOptions {
  readonly dataDir: string;
  /** An existing DynamoDB to use. */
  readonly dynamodbUrl?: string | undefined;
  readonly reaper: Reaper;
}

/** Starts SQS, DynamoDB and a Lambda API without functions. Data and ports are stored in `dataDir`. */
export const startServers = async ({ dataDir, dynamodbUrl, reaper }: ServersOptions): Promise<Servers> => {
  const last = readLastStart(dataDir);
  const own = dynamodbUrl === undefined ? await ownDynamodb(dataDir, reaper) : undefined;
  if (dynamodbUrl !== undefined) await checkAnswers(dynamodbUrl);
  const sqs = await startSqs(dataDir, last.sqsPort).catch(async (problem) => {
    await own?.stop();
    throw asUnusableData(dataDir, "sqs", problem);
  });
  const lambda = await startLambdaApi(last.lambdaPort);
  saveLastStart(dataDir, { sqsPort: sqs.port, lambdaPort: lambda.port });
  return {
    sqsUrl: urlOf(sqs.port),
    dynamodbUrl: dynamodbUrl ?? urlOf(own?.port),
    dynamodbLabel: own?.label ?? "from AWS_ENDPOINT_URL_DYNAMODB",
    lambdaUrl: urlOf(lambda.port),
    lambda,
    longPolls: sqs.longPolls,
    async stop() {
      await lambda.stop();
      await sqs.stop();
      await own?.stop();
    },
  };
};

const ownDynamodb = async (dataDir: string, reaper: Reaper): Promise<DynamodbServer> => {
  const last = readLastStart(dataDir);
  const server = await startDynamodb({
    dataDir,
    wantedPort: last.dynamodbPort,
    lastPid: last.dynamodbPid,
    reaper,
  }).catch((problem: unknown) => {
    throw asUnusableData(dataDir, "dynamodb", problem);
  });
  saveLastStart(dataDir, { dynamodbPort: server.port, dynamodbPid: server.pid });
  return server;
};

const checkAnswers = async (url: string): Promise<void> => {
  const { hostname, port, protocol } = new URL(url);
  const isThere = await isAnswered(Number(port) || (protocol === "https:" ? 443 : 80), hostname);
  if (isThere) return;
  throw new Error(
    `AWS_ENDPOINT_URL_DYNAMODB is ${url}, where no server answers: start that server, or unset the variable to use the embedded one`,
  );
};

const urlOf = (port: number | undefined): string => `http://127.0.0.1:${port}`;
