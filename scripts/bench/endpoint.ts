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
 * The real stack with `eachMinute(count)` in its code, deployed by CDK to the endpoint.
 * @throws Error when there is none.
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

/** As was deployed: what the endpoint says of the mapping that feeds the lane's worker. */
const workersAt = async (url: string, on: string): Promise<string> => {
  const lambda = new LambdaClient({ endpoint: url, region, credentials });
  const FunctionName = namesOf(stage).worker("normal");
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  lambda.destroy();
  const most = EventSourceMappings[0]?.ScalingConfig?.MaximumConcurrency ?? "any number of";
  return `On ${on}, where CDK deployed the stack of stage ${stage}, up to ${most} invocations of the worker take them, each a batch of up to ten.`;
};

/** What in the figures is MiniStack's own, and not the pipeline's. */
const ministackNote =
  "MiniStack is one process of Python, which plays all of AWS; the one thread in it that feeds workers looks at its queues once a second when it has found nothing, since a message whose delay is over wakes nobody; and it ticks every 60 to 70 seconds.";
