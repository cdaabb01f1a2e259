import { concurrencyProblem } from "./concurrency.ts";
import { jobOptionsProblem } from "./job-options.ts";
import type { Stage } from "./stages.ts";

/** The longest name derived from a stage's name is a function's, at most 64 characters. */
const maxNameLength = 64 - "millrace--worker-critical".length;

/** @throws Error that names the wrong option, what was expected, what was found, and the file to change */
export const checkStage = (stage: Stage): void => {
  const problem = checks.map((check) => check(stage)).find((found) => found !== undefined);
  if (problem) throw new Error(`infra/stages.ts: stage "${stage.name}": ${problem}`);
};

type Check = (stage: Stage) => string | undefined;

const name: Check = ({ name }) =>
  /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= maxNameLength
    ? undefined
    : `name: expected lowercase letters, digits and single hyphens, starting with a letter, at most ${maxNameLength} characters`;

const memory: Check = ({ memoryMb, laneMemoryMb = {} }) =>
  memoryProblem("memoryMb", memoryMb) ??
  Object.entries(laneMemoryMb)
    .map(([lane, mb]) => memoryProblem(`laneMemoryMb.${lane}`, mb))
    .find((found) => found !== undefined);

const memoryProblem = (option: string, mb: number): string | undefined =>
  Number.isInteger(mb) && mb >= 128 && mb <= 10_240
    ? undefined
    : `${option}: expected a whole number from 128 to 10240, got ${mb}`;

const alarmTarget: Check = ({ alarms: { email, topicArn } }) => {
  if (email !== undefined && topicArn !== undefined) {
    return "alarms: expected email or topicArn, got both; subscribe the address to that topic instead";
  }
  if (email !== undefined && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) {
    return `alarms.email: expected an address such as ops@example.com, got "${email}"`;
  }
  if (topicArn !== undefined && !/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$/.test(topicArn)) {
    return `alarms.topicArn: expected an ARN such as arn:aws:sns:eu-west-1:123456789012:alarms, got "${topicArn}"`;
  }
  return undefined;
};

const docsUrl: Check = ({ alarms: { docsUrl } }) =>
  docsUrl === undefined || (URL.canParse(docsUrl) && /^https?:/.test(docsUrl))
    ? undefined
    : `alarms.docsUrl: expected an address such as https://github.com/you/millrace/blob/main, got "${docsUrl}"`;

const checks: readonly Check[] = [name, concurrencyProblem, memory, alarmTarget, docsUrl, jobOptionsProblem];
