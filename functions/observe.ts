import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import type { Log } from "../shared/core/job.ts";

/**
 * A function's logger and its middleware. What an invocation did is one line of the log: a custom metric costs $0.30 a
 * month, so that infra/alarms.ts makes one of a line's field only where an alarm reads it.
 */
export const createObservers = () => {
  const logger = new Logger();
  return { log: toLog(logger), middleware: [injectLambdaContext(logger)] };
};

const toLog = (logger: Logger): Log => ({
  debug: (message, facts) => logger.debug(message, { ...facts }),
  info: (message, facts) => logger.info(message, { ...facts }),
  warn: (message, facts) => logger.warn(message, { ...facts }),
  error: (message, facts) => logger.error(message, { ...facts }),
});
