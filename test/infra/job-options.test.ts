import { expect, test } from "@jest/globals";
import { checkStage } from "../../infra/check-stage.ts";
import { type Stage, stages } from "../../infra/stages.ts";

const [dev] = stages;

test.each<[string, Partial<Stage>, string]>([
  [
    "a variable reserved by the pipeline",
    { jobEnvironment: { MILLRACE_LANE: "low" } },
    '"MILLRACE_LANE" is reserved by the pipeline',
  ],
  [
    "a variable reserved by Lambda",
    { jobSecrets: { AWS_REGION: { secret: "x" } } },
    'jobSecrets: "AWS_REGION" is reserved by',
  ],
  ["an invalid name", { jobEnvironment: { "SMTP-URL": "x" } }, 'starting with a letter, got "SMTP-URL"'],
  [
    "a plain variable that looks like a secret",
    { jobEnvironment: { SMTP_URL: "smtp://ann:hunter22@host" } },
    "put it into jobSecrets",
  ],
  [
    "a name in jobEnvironment and jobSecrets",
    { jobEnvironment: { AB: "x" }, jobSecrets: { AB: { secret: "x" } } },
    "is in jobSecrets too",
  ],
  [
    "an invalid name of a secret",
    { jobSecrets: { AB: { secret: "a b" } } },
    "jobSecrets.AB.secret: expected the name",
  ],
  [
    "an invalid name of a parameter",
    { jobSecrets: { AB: { parameter: "a//b" } } },
    "jobSecrets.AB.parameter: expected a name",
  ],
  [
    "an invalid key ARN",
    { jobSecrets: { AB: { secret: "x", kmsKeyArn: "k" } } },
    "kmsKeyArn: expected the ARN of a key",
  ],
  ["every action of a service", { jobAccess: [{ actions: ["s3:*"], resources: ["*"] }] }, 'got "s3:*"'],
  [
    "a resource that is not an ARN",
    { jobAccess: [{ actions: ["s3:GetObject"], resources: ["bucket"] }] },
    "jobAccess[0].resources",
  ],
  [
    "variables that exceed Lambda's limit",
    { jobEnvironment: { LONG: "x".repeat(2_600) } },
    "at most 2500 bytes",
  ],
  ["too little memory for a lane", { laneMemoryMb: { low: 1 } }, "laneMemoryMb.low: expected a whole number"],
])("checkStage refuses %s", (_, wrong, problem) => {
  expect(() => checkStage({ ...dev, ...wrong })).toThrow(problem);
});
