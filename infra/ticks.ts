import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { namesOf } from "../shared/core/names.ts";
import type { Functions } from "./functions.ts";
import type { Settings } from "./settings.ts";

export interface TicksProps {
  readonly settings: Settings;
  readonly functions: Functions;
}

/** Two rules, so that disabling the dispatcher's stops schedules while the sweeper continues. */
export class Ticks extends Construct {
  constructor(scope: Construct, { settings, functions }: TicksProps) {
    super(scope, "Ticks");
    const names = namesOf(settings.name);
    everyMinute(new Construct(this, "Dispatcher"), names.dispatcher, functions.dispatcher);
    everyMinute(new Construct(this, "Sweeper"), names.sweeper, functions.sweeper);
  }
}

/** A failed tick is neither retried nor dead-lettered: the next tick does the same work. */
const everyMinute = (scope: Construct, name: string, target: LambdaFunction): void => {
  const noRetries = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };
  target.configureAsyncInvoke(noRetries);
  new Rule(scope, "EveryMinute", {
    ruleName: name,
    description: `Ticks ${name}`,
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new FunctionTarget(target, noRetries)],
  });
};
