import { arn, region } from "./address.ts";

/** A function as it would be deployed. */
export interface FunctionConfig {
  readonly name: string;
  /** The folder of its bundle. */
  readonly folder: string;
  /** As on AWS: `index.handler` is the export `handler` of `index.js` in the folder. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** The variables that the stack sets. The function receives these and Lambda's own, and no others. */
  readonly environment: Readonly<Record<string, string>>;
}

export const functionArn = (config: FunctionConfig): string => arn("lambda", `function:${config.name}`);

/** All variables of an execution environment. Lambda's own override the function's. */
export const lambdaEnvironment = (config: FunctionConfig, logStream: string): Record<string, string> => {
  const { PATH = "" } = process.env;
  return { LANG: "en_US.UTF-8", PATH, ...config.environment, TZ: "UTC", ...reserved(config, logStream) };
};

export type Reserved = ReturnType<typeof reserved>;

/** The variables that Lambda reserves (developer guide, "Defined runtime environment variables"). */
const reserved = (config: FunctionConfig, logStream: string) => ({
  _HANDLER: config.handler,
  LAMBDA_TASK_ROOT: config.folder,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  AWS_LAMBDA_FUNCTION_NAME: config.name,
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${config.name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: logStream,
});
