import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import type { Log } from "../shared/core/jobs/job.ts";
import { logFacts } from "../shared/core/log-facts.ts";
import { createRedactor, type Redact } from "../shared/core/redact.ts";

/**
 * Creates a function's logger, its middleware, and the redactor that keeps secrets out of log lines. An invocation
 * reports its work in one log line. A custom metric costs $0.30 a month, so infra/alarms.ts turns a field of that line
 * into a metric only where an alarm needs it.
 */
export const createTelemetry = () => {
  const logger = new Logger();
  const redactor = createRedactor();
  return { log: toLog(logger, redactor.redact), redactor, middleware: [injectLambdaContext(logger)] };
};

const toLog = (logger: Logger, redact: Redact): Log => {
  const write = (level: keyof Log) => (message: string, facts?: object) =>
    logger[level](redact(String(message)), logFacts(facts, { redact }));
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
};
