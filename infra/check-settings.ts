import { Stack, Token } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { laneNames } from "../shared/core/lane.ts";
import { concurrencyProblem } from "./concurrency.ts";
import { jobOptionsProblem } from "./job-options.ts";
import { nameProblem } from "./pipeline-name.ts";
import { ProjectError } from "./project.ts";
import type { Settings } from "./settings.ts";

/** @throws ProjectError that names the wrong setting, what was expected and what was found */
export const checkSettings = (scope: Construct, settings: Settings): void => {
  const problem =
    checks.map((check) => check(settings)).find((found) => found !== undefined) ??
    regionProblem(scope, settings);
  if (problem !== undefined) throw new ProjectError(problem);
};

type Check = (settings: Settings) => string | undefined;

const name: Check = ({ name }) => nameProblem(name);

const memory: Check = ({ memoryMb, lanes }) =>
  memoryProblem("memoryMb", memoryMb) ??
  laneNames
    .map((lane) => memoryProblem(`lanes.${lane}.memoryMb`, lanes[lane]?.memoryMb))
    .find((found) => found !== undefined);

const memoryProblem = (setting: string, mb: number | undefined): string | undefined =>
  mb === undefined || (Number.isInteger(mb) && mb >= 128 && mb <= 10_240)
    ? undefined
    : `${setting}: expected a whole number from 128 to 10240, got ${mb}`;

const alarmTarget: Check = ({ alarms: { email, topic } }) => {
  if (email !== undefined && topic !== undefined) {
    return "alarms: expected email or topic, got both; subscribe the address to that topic instead";
  }
  if (email !== undefined && isWrong(email, /^[^@\s]+@[^@\s]+\.[^@\s]+$/)) {
    return `alarms.email: expected an address such as ops@example.com, got "${email}"`;
  }
  if (typeof topic === "string" && isWrong(topic, /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$/)) {
    return `alarms.topic: expected a topic, or an ARN such as arn:aws:sns:eu-west-1:123456789012:alarms, got "${topic}"`;
  }
  return undefined;
};

const isWrong = (text: string, pattern: RegExp): boolean => !Token.isUnresolved(text) && !pattern.test(text);

const docsUrl: Check = ({ alarms: { docsUrl } }) =>
  docsUrl === undefined || (URL.canParse(docsUrl) && /^https?:/.test(docsUrl))
    ? undefined
    : `alarms.docsUrl: expected an address such as https://github.com/you/millrace/blob/main, got "${docsUrl}"`;

/** DynamoDB's construct refuses a table under a customer-managed key without one. */
const regionProblem = (scope: Construct, { hasOwnKey }: Settings): string | undefined =>
  hasOwnKey && Token.isUnresolved(Stack.of(scope).region)
    ? `hasOwnKey: expected a stack with a region, got none; write new Stack(app, "${Stack.of(scope).node.id}", { env: { region: "eu-west-1" } }) with yours`
    : undefined;

const checks: readonly Check[] = [name, concurrencyProblem, memory, alarmTarget, docsUrl, jobOptionsProblem];
