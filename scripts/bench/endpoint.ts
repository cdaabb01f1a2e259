import { LambdaClient, ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { credentials, region } from "../../localstack/endpoint/access.ts";
import { type Deployed, type DeployOptions, deploy } from "../../localstack/endpoint/deploy.ts";
import { findEndpoint, startEndpoint } from "../../localstack/endpoint/endpoint.ts";
import { stage } from "../../localstack/endpoint/project.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { namesOf } from "../../shared/core/names.ts";
import { quietLog } from "./bench-ports.ts";
import type { ScheduledPipeline } from "./scheduled-pipeline.ts";

/**
 * Deploys the real stack with `eachMinute(count)` as its schedules, by CDK, to the endpoint.
 * @throws Error when there is no endpoint
 */
export const withEndpoint = async <Answer>(
  count: number,
  measure: (pipeline: ScheduledPipeline) => Promise<Answer>,
): Promise<Answer> => {
  const endpoint = await findEndpoint();
  if (endpoint.kind === "none") throw new Error(endpoint.reason);
  const { url, stop } = await startEndpoint(endpoint);
  try {
    const isGiven = endpoint.kind === "given";
    return await withStage({ url, outlivesTests: isGiven, jobs: jobsOf(count) }, async (deployed) => {
      const on = isGiven ? url : "MiniStack";
      const workers = [await workersAt(url, on), ...(isGiven ? [] : [ministackNote])].join(" ");
      return await measure({ on, workers, ports: portsOf(deployed) });
    });
  } finally {
    await stop();
  }
};

const withStage = async <Answer>(
  options: DeployOptions,
  use: (deployed: Deployed) => Promise<Answer>,
): Promise<Answer> => {
  const deployed = await deploy(options);
  try {
    return await use(deployed);
  } finally {
    await deployed.remove();
  }
};

const source = "scripts/bench/project";

const jobsOf = (count: number) => ({
  from: source,
  index: `export { jobs } from "../${source}/jobs.ts";\n`,
  schedules: `import { eachMinute } from "../${source}/schedules.ts";
export const schedules = eachMinute(${count});
`,
});

const portsOf = ({ env, clients }: Deployed) =>
  createPorts(env, { log: quietLog, environmentId: `bench-${process.pid}`, clients });

/** Describes the deployed event source mapping of the lane's worker. */
const workersAt = async (url: string, on: string): Promise<string> => {
  const lambda = new LambdaClient({ endpoint: url, region, credentials });
  const FunctionName = namesOf(stage).worker("normal");
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  lambda.destroy();
  const most = EventSourceMappings[0]?.ScalingConfig?.MaximumConcurrency ?? "any number of";
  return `On ${on}, where CDK deployed the stack of stage ${stage}, up to ${most} invocations of the worker process them, each a batch of up to ten.`;
};

/** The influence of MiniStack on the figures. */
const ministackNote =
  "MiniStack is one Python process that emulates all of AWS. Its single poller thread checks the queues only once a second after it found them empty, because the end of a message's delay does not wake it, and it ticks every 60 to 70 seconds.";
