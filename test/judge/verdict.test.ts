import { expect, test } from "@jest/globals";
import { accepted } from "../../scripts/judge/accepted.ts";
import { verdictOn } from "../../scripts/judge/verdict.ts";

const finding = {
  id: "CKV_AWS_27",
  stage: "dev",
  type: "AWS::SQS::Queue",
  resource: "Low",
  message: "not encrypted",
};
const entry = { id: "CKV_AWS_27", type: "AWS::SQS::Queue", stage: "dev", reason: "it is" };

test("accepts a finding that an entry is about, of its rule, type and stage", () => {
  expect(verdictOn([finding], [entry])).toEqual({ accepted: [finding], refused: [], unused: [] });
});

test.each([{ id: "CKV_AWS_28" }, { type: "AWS::SNS::Topic" }, { stage: "prod" }])(
  "refuses one that no entry is about, and reports the entry: %j",
  (other) => {
    const another = { ...finding, ...other };
    expect(verdictOn([another], [entry])).toEqual({ accepted: [], refused: [another], unused: [entry] });
  },
);

test("accepts a finding of every stage by an entry without one", () => {
  const { stage: _, ...everywhere } = entry;
  expect(verdictOn([finding, { ...finding, stage: "prod" }], [everywhere]).accepted).toHaveLength(2);
});

test("has a reason for everything that is accepted", () => {
  for (const { reason } of accepted) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
});
