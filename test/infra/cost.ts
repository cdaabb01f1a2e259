import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { withIdleTables } from "../../scripts/cost/document.ts";
import { idleShapeOf } from "../../scripts/cost/shape.ts";
import { idleCostOf } from "../../shared/core/cost/idle.ts";
import { idleShapes } from "../../shared/core/cost/idle-shapes.ts";
import type { StageTemplate } from "./synthesized.ts";

/** Tests the idle cost of the stages, in the CLI and in docs/cost.md. */
export const describeCost = (templates: readonly StageTemplate[]): void => {
  const shapes = Object.fromEntries(templates.map(({ stage, json }) => [stage, idleShapeOf(json)]));
  const costs = Object.entries(shapes).map(([stage, shape]) => idleCostOf(stage, shape));

  test("dev costs at most $4 a month while nothing is due", () => {
    expect(costs.find(({ stage }) => stage === "dev")?.dollars).toBeLessThanOrEqual(4);
  });

  // If one of these two tests fails, run: npm run cost -- --write
  test("idle-shapes.ts matches the stages' templates", () => {
    expect(idleShapes).toEqual(shapes);
  });

  test("docs/cost.md lists the items of every stage", () => {
    const document = readFileSync(new URL("../../docs/cost.md", import.meta.url), "utf8");
    expect(document).toBe(withIdleTables(document, costs));
  });

  test("every resource is counted in the cost or known to be free", () => {
    const counted = {
      "AWS::Lambda::EventSourceMapping": 4,
      "AWS::Events::Rule": 2,
      "AWS::Lambda::Function": 6,
      "AWS::SQS::Queue": 8,
      "AWS::DynamoDB::GlobalTable": 2,
      "AWS::Logs::LogGroup": 6,
    };
    const free = [
      "AWS::IAM::Role",
      "AWS::IAM::ManagedPolicy",
      "AWS::Lambda::Permission",
      "AWS::Lambda::EventInvokeConfig",
      "AWS::SNS::Topic",
      "AWS::SNS::TopicPolicy",
      "AWS::SQS::QueuePolicy",
      "AWS::KMS::Alias",
      "AWS::CDK::Metadata",
    ];
    const items = ["AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter", "AWS::KMS::Key"];
    for (const { resources } of templates) {
      const byType = Object.groupBy(resources, ({ Type }) => Type);
      const unknown = Object.keys(byType).filter(
        (type) => !(type in counted) && !free.includes(type) && !items.includes(type),
      );
      expect(unknown).toEqual([]);
      for (const [type, count] of Object.entries(counted))
        expect([type, byType[type]?.length]).toEqual([type, count]);
    }
  });

  test("an alarm on an expression counts once for each metric in it", () => {
    const alarm = (Properties: object) => ({ Type: "AWS::CloudWatch::Alarm", Properties });
    const Metrics = [{ Id: "sum", Expression: "a+b" }, ...["a", "b"].map((Id) => ({ Id, MetricStat: {} }))];
    const Resources = { one: alarm({ MetricName: "Errors" }), sum: alarm({ Metrics }) };
    expect(idleShapeOf({ Resources }).alarmMetrics).toBe(3);
  });
};
