import { expect, test } from "@jest/globals";
import { readEnv, sweeperEnv, workerEnv } from "../../shared/aws/env.ts";
import { lanes, laneTimeoutMs } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import { dueShards } from "../../shared/core/shard.ts";
import { type Json, type StageTemplate, tableNames } from "./synthesized.ts";

export const describeFunctions = ({ stage, isProd, named, all, nameBehind }: StageTemplate): void => {
  const names = namesOf(stage);
  const functions = named("AWS::Lambda::Function", "FunctionName");
  const mappings = all("AWS::Lambda::EventSourceMapping").map(({ Properties }) => Properties);

  test("are the dispatcher, the sweeper and a worker per lane, on arm64 and Node 24", () => {
    const workers = lanes.map(({ name }) => names.worker(name));
    expect(Object.keys(functions).sort()).toEqual([names.dispatcher, names.sweeper, ...workers].sort());
    for (const { Architectures, Runtime } of Object.values(functions))
      expect([Architectures, Runtime]).toEqual([["arm64"], "nodejs24.x"]);
  });

  test.each(lanes)("give the worker of lane $name its environment and timeout", ({ name }) => {
    const { Environment, Timeout, RecursiveLoop } = functions[names.worker(name)];
    const env = readEnv(workerEnv, resolved(Environment.Variables, nameBehind));
    expect(env).toMatchObject({
      MILLRACE_STAGE: stage,
      MILLRACE_LANE: name,
      MILLRACE_STATE_TABLE: tableNames.state,
      MILLRACE_QUEUE_HIGH: names.queue("high"),
    });
    expect(Timeout).toBe(laneTimeoutMs(name) / 1_000);
    expect(RecursiveLoop).toBe("Allow");
  });

  test("have their name in logs, and the names of all queues and tables", () => {
    for (const [name, { Environment }] of Object.entries(functions)) {
      const variables = resolved(Environment.Variables, nameBehind);
      expect(variables).toMatchObject({
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_LOG_LEVEL: isProd ? "INFO" : "DEBUG",
      });
      expect(Object.values(readEnv(sweeperEnv, variables))).toEqual([
        stage,
        tableNames.runs,
        tableNames.state,
        ...lanes.map((lane) => names.queue(lane.name)),
        ...lanes.map((lane) => names.deadLetterQueue(lane.name)),
      ]);
    }
  });

  test("receive batches with partial failures, by one mapping per lane", () => {
    expect(mappings.map(({ FunctionName }) => nameBehind(FunctionName))).toEqual(
      lanes.map(({ name }) => names.worker(name)),
    );
    expect(mappings.map(({ EventSourceArn }) => nameBehind(EventSourceArn))).toEqual(
      lanes.map(({ name }) => names.queue(name)),
    );
    for (const mapping of mappings)
      expect(mapping).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ["ReportBatchItemFailures"] });
  });

  test("share the stage's concurrency among all lanes", () => {
    expect(mappings.map(({ ScalingConfig }) => ScalingConfig.MaximumConcurrency)).toEqual(
      isProd ? [200, 150, 100, 50] : [2, 2, 2, 2],
    );
  });

  test("write to their own log group with a retention period", () => {
    const logs = named("AWS::Logs::LogGroup", "LogGroupName");
    for (const [name, { LoggingConfig }] of Object.entries(functions)) {
      expect(nameBehind(LoggingConfig.LogGroup)).toBe(`/aws/lambda/${name}`);
      expect(logs[`/aws/lambda/${name}`].RetentionInDays).toBe(isProd ? 90 : 7);
    }
  });

  test("include a dispatcher and a sweeper that tick every minute and end before the next tick", () => {
    const rules = Object.values(named("AWS::Events::Rule", "Name"));
    expect(rules.map(({ Targets }) => Targets.map(({ Arn }: Json) => nameBehind(Arn)))).toEqual([
      [names.dispatcher],
      [names.sweeper],
    ]);
    for (const { ScheduleExpression, State } of rules)
      expect([ScheduleExpression, State]).toEqual(["rate(1 minute)", "ENABLED"]);
    for (const name of [names.dispatcher, names.sweeper]) expect(functions[name].Timeout).toBeLessThan(60);
  });

  test("reserve no concurrency, which a new account would refuse", () => {
    const reserving = Object.values(functions).filter((one) => "ReservedConcurrentExecutions" in one);
    expect(reserving).toEqual([]);
  });

  test("never exceed the account's concurrency, ticks and helpers included", () => {
    const workers = mappings.map(({ ScalingConfig }) => ScalingConfig.MaximumConcurrency);
    const ticks = all("AWS::Events::Rule").flatMap(({ Properties }) => Properties.Targets);
    const { MILLRACE_FAN_OUT: fanOut } = functions[names.dispatcher].Environment.Variables;
    const helpers = fanOut === "on" ? dueShards : 0;
    const most = workers.reduce((sum, count) => sum + count, 0) + ticks.length + helpers;
    expect(most).toBeLessThanOrEqual(isProd ? 1_000 : 10);
    expect(fanOut).toBe(isProd ? "on" : "off");
  });

  test("keep Lambda's recursion detection on for the dispatcher", () => {
    expect(functions[names.dispatcher].RecursiveLoop).toBeUndefined();
  });
};

const resolved = (variables: Json, nameBehind: (reference: Json) => string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([key, value]) => [
      key,
      typeof value === "string" ? value : nameBehind(value),
    ]),
  );
