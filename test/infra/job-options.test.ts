import { expect, test } from "@jest/globals";
import { checkStage } from "../../infra/check-stage.ts";
import { type Stage, stages } from "../../infra/stages.ts";

const [dev] = stages;

test.each<[string, Partial<Stage>, string]>([
  [
    "a variable of the pipeline",
    { jobEnvironment: { MILLRACE_LANE: "low" } },
    '"MILLRACE_LANE" belongs to the pipeline',
  ],
  [
    "a variable of Lambda",
    { jobSecrets: { AWS_REGION: { secret: "x" } } },
    'jobSecrets: "AWS_REGION" belongs to',
  ],
  ["a name that is none", { jobEnvironment: { "SMTP-URL": "x" } }, 'a letter first, got "SMTP-URL"'],
  [
    "a secret as a variable",
    { jobEnvironment: { SMTP_URL: "smtp://ann:hunter22@host" } },
    "put it into jobSecrets",
  ],
  [
    "a name twice",
    { jobEnvironment: { AB: "x" }, jobSecrets: { AB: { secret: "x" } } },
    "is in jobSecrets too",
  ],
  ["no secret's name", { jobSecrets: { AB: { secret: "a b" } } }, "jobSecrets.AB.secret: expected the name"],
  [
    "no parameter's name",
    { jobSecrets: { AB: { parameter: "a//b" } } },
    "jobSecrets.AB.parameter: expected a name",
  ],
  ["no key", { jobSecrets: { AB: { secret: "x", kmsKeyArn: "k" } } }, "kmsKeyArn: expected the ARN of a key"],
  ["every action of a service", { jobAccess: [{ actions: ["s3:*"], resources: ["*"] }] }, 'got "s3:*"'],
  [
    "no resource",
    { jobAccess: [{ actions: ["s3:GetObject"], resources: ["bucket"] }] },
    "jobAccess[0].resources",
  ],
  ["more than Lambda takes", { jobEnvironment: { LONG: "x".repeat(2_600) } }, "at most 2500 bytes"],
  ["a lane without memory", { laneMemoryMb: { low: 1 } }, "laneMemoryMb.low: expected a whole number"],
])("refuses %s", (_, wrong, problem) => {
  expect(() => checkStage({ ...dev, ...wrong })).toThrow(problem);
});
