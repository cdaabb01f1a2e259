import { describe, expect, test } from "@jest/globals";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { MillraceStack } from "../../infra/millrace-stack.ts";
import type { PipelineSettings } from "../../infra/settings.ts";
import { laneNames } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import { type Json, stageTemplate, withAppProps } from "./synthesized.ts";

const synthesized = (options: PipelineSettings) =>
  withAppProps((props) => {
    const app = new App(props);
    new MillraceStack(app, { name: "dev", region: "eu-west-1", ...options });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    return stageTemplate("dev", app.synth().getStackByName("millrace-dev").template);
  });

const key = "arn:aws:kms:eu-west-1:123456789012:key/1234";

describe("options for jobs", () => {
  // As in the README's example for send-email.
  const template = synthesized({
    environment: { SMTP_FROM: "news@example.com" },
    secrets: {
      SMTP_URL: { secret: "millrace/dev/smtp", field: "url" },
      API_KEY: { parameter: "/millrace/dev/api-key", kmsKeyArn: key },
    },
    access: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::reports/*"] }],
    lanes: { low: { memoryMb: 2048 } },
  });
  const names = namesOf("dev");
  const functions = template.named("AWS::Lambda::Function", "FunctionName");
  const workers = laneNames.map((lane) => functions[names.worker(lane)]);
  const ticks = [functions[names.dispatcher], functions[names.sweeper]];

  test("set variables in the workers, and the sources of secrets in one of them", () => {
    for (const { Environment } of workers) {
      expect(Environment.Variables).toMatchObject({ SMTP_FROM: "news@example.com" });
      expect(Environment.Variables).not.toHaveProperty("SMTP_URL");
      expect(JSON.parse(Environment.Variables.MILLRACE_JOB_SECRETS)).toEqual({
        SMTP_URL: { secret: "millrace/dev/smtp", field: "url" },
        API_KEY: { parameter: "/millrace/dev/api-key" },
      });
    }
    expect(JSON.stringify(ticks)).not.toMatch(/SMTP|API_KEY/);
  });

  test("grant access to the workers' roles only", () => {
    const [policy, ...others] = template.all("AWS::IAM::Policy");
    expect(others).toEqual([]);
    const { PolicyDocument, Roles } = policy.Properties;
    const roleOf = ({ Role }: Json) => Role["Fn::GetAtt"][0];
    expect(Roles.map(({ Ref }: Json) => Ref).sort()).toEqual(workers.map(roleOf).sort());
    const allowed = PolicyDocument.Statement.map(({ Action, Resource }: Json) => [
      Action,
      JSON.stringify(Resource).match(/(secret:|parameter\/|arn:aws:s3|arn:aws:kms)[^"]*/)?.[0],
    ]);
    expect(allowed).toEqual([
      ["secretsmanager:GetSecretValue", "secret:millrace/dev/smtp-??????"],
      ["ssm:GetParameters", "parameter/millrace/dev/api-key"],
      ["kms:Decrypt", key],
      ["s3:GetObject", "arn:aws:s3:::reports/*"],
    ]);
  });

  test("set memory by lane", () => {
    expect(workers.map(({ MemorySize }) => MemorySize)).toEqual([512, 512, 512, 2048]);
  });
});
