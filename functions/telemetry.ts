import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import type { Log } from "../shared/core/jobs/job.ts";
import { logFacts } from "../shared/core/log-facts.ts";
import { createRedactor, type Redact } from "../shared/core/redact.ts";

/**
 * A function's logger, its middleware, and the redactor that keeps secrets out of its lines. What an invocation did is
 * one line of the log: a custom metric costs $0.30 a month, so that infra/alarms.ts makes one of a line's field only
 * where an alarm reads it.
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
