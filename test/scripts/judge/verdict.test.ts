import { expect, test } from "@jest/globals";
import { accepted } from "../../../scripts/judge/accepted.ts";
import { verdictOn } from "../../../scripts/judge/verdict.ts";

const finding = {
  id: "CKV_AWS_27",
  stage: "dev",
  type: "AWS::SQS::Queue",
  resource: "Low",
  message: "not encrypted",
};
const entry = { id: "CKV_AWS_27", type: "AWS::SQS::Queue", stage: "dev", reason: "it is" };

test("verdictOn accepts a finding with an entry for its rule, type and stage", () => {
  expect(verdictOn([finding], [entry])).toEqual({ accepted: [finding], refused: [], unused: [] });
});

test.each([{ id: "CKV_AWS_28" }, { type: "AWS::SNS::Topic" }, { stage: "prod" }])(
  "verdictOn refuses a finding without an entry, and reports the unused entry: %j",
  (other) => {
    const another = { ...finding, ...other };
    expect(verdictOn([another], [entry])).toEqual({ accepted: [], refused: [another], unused: [entry] });
  },
);

test("verdictOn applies an entry without a stage to all stages", () => {
  const { stage: _, ...everywhere } = entry;
  expect(verdictOn([finding, { ...finding, stage: "prod" }], [everywhere]).accepted).toHaveLength(2);
});

test("every accepted finding has a reason", () => {
  for (const { reason } of accepted) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
});
