import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import type { Log } from "../shared/core/job.ts";

/** A function's logger and metrics (EMF: one JSON line per invocation), and the middleware that carries them. */
export const createObservers = () => {
  const logger = new Logger();
  const metrics = new Metrics();
  return { log: toLog(logger), metrics, middleware: [injectLambdaContext(logger), logMetrics(metrics)] };
};

const toLog = (logger: Logger): Log => ({
  debug: (message, facts) => logger.debug(message, { ...facts }),
  info: (message, facts) => logger.info(message, { ...facts }),
  warn: (message, facts) => logger.warn(message, { ...facts }),
  error: (message, facts) => logger.error(message, { ...facts }),
});
