import { expect, test } from "@jest/globals";
import { Stack } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { laneConcurrency } from "../../infra/functions.ts";
import { millraceApp } from "../../infra/millrace-app.ts";
import { withAppProps } from "./synthesized.ts";

test("the AwsSolutions pack finds nothing, and nothing had to be acknowledged", () => {
  withAppProps((props) => {
    const app = millraceApp(props);
    expect(() => app.synth()).not.toThrow();
    const acknowledged = app.node
      .findAll()
      .flatMap(({ node }) => node.metadata.filter(({ type }) => type === "aws:cdk:acknowledged-rules"));
    expect(acknowledged).toEqual([]);
  });
});

test("the AwsSolutions pack stops the synthesis of a queue that takes requests without TLS", () => {
  withAppProps((props) => {
    const app = millraceApp(props);
    new Queue(new Stack(app, "careless"), "Queue");
    expect(() => app.synth()).toThrow("Validation failed");
  });
});

test("the same sources make the same templates", () => {
  const templates = () =>
    withAppProps((props) =>
      millraceApp(props)
        .synth()
        .stacks.map(({ template }) => template),
    );
  expect(templates()).toEqual(templates());
});

test("a lane's concurrency is its share of the total, and never below the 2 that AWS asks for", () => {
  expect([laneConcurrency(100, "critical"), laneConcurrency(100, "low"), laneConcurrency(5, "low")]).toEqual([
    40, 10, 2,
  ]);
});
