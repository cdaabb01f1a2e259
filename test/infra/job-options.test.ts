import { expect, test } from "@jest/globals";
import { jobOptionsProblem } from "../../infra/job-options.ts";
import { type PipelineSettings, withDefaults } from "../../infra/settings.ts";

test.each<[string, PipelineSettings, string]>([
  [
    "a variable reserved by the pipeline",
    { environment: { MILLRACE_LANE: "low" } },
    '"MILLRACE_LANE" is reserved by the pipeline',
  ],
  [
    "a variable reserved by Lambda",
    { secrets: { AWS_REGION: { secret: "x" } } },
    'secrets: "AWS_REGION" is reserved by',
  ],
  ["an invalid name", { environment: { "SMTP-URL": "x" } }, 'starting with a letter, got "SMTP-URL"'],
  [
    "a plain variable that looks like a secret",
    { environment: { SMTP_URL: "smtp://ann:hunter22@host" } },
    "put it into secrets",
  ],
  [
    "a name in environment and secrets",
    { environment: { AB: "x" }, secrets: { AB: { secret: "x" } } },
    "is in secrets too",
  ],
  [
    "an invalid name of a secret",
    { secrets: { AB: { secret: "a b" } } },
    "secrets.AB.secret: expected a secret, or its name",
  ],
  [
    "an invalid name of a parameter",
    { secrets: { AB: { parameter: "a//b" } } },
    "secrets.AB.parameter: expected a parameter, or its name",
  ],
  [
    "an invalid key ARN",
    { secrets: { AB: { secret: "x", kmsKeyArn: "k" } } },
    "kmsKeyArn: expected the ARN of a key",
  ],
  ["every action of a service", { access: [{ actions: ["s3:*"], resources: ["*"] }] }, 'got "s3:*"'],
  [
    "a resource that is not an ARN",
    { access: [{ actions: ["s3:GetObject"], resources: ["bucket"] }] },
    "access[0].resources",
  ],
  [
    "variables that exceed Lambda's limit",
    { environment: { LONG: "x".repeat(2_600) } },
    "at most 2500 bytes",
  ],
])("jobOptionsProblem names %s", (_, wrong, problem) => {
  expect(jobOptionsProblem(withDefaults({ name: "shop", ...wrong }))).toContain(problem);
});
