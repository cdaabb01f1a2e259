import { describe, expect, test } from "@jest/globals";
import { enqueue } from "../../shared/pipeline/enqueue/enqueue.ts";
import { minute } from "../pipeline/support/pipeline-harness.ts";
import { createScriptedCli as setUp } from "./support/run-cli.ts";

describe("millrace lanes", () => {
  test("shows queue depths and recent results", async () => {
    const { pipeline, scripted, run } = setUp();
    await enqueue(pipeline.ports, scripted, {});
    await enqueue(pipeline.ports, scripted, { fatal: true });
    await pipeline.drain();
    await pipeline.clock.advance(minute);
    await enqueue(pipeline.ports, scripted, {}, { priority: "low" });
    expect((await run(["lanes"])).out).toMatchInlineSnapshot(`
"LANE      WAITING  IN FLIGHT  DELAYED  DEAD LETTERS
critical        0          0        0             0
high            0          0        0             0
normal          0          0        0             1
low             1          0        0             0

LANE      STARTED  SUCCEEDED  RETRIED  DIED  OTHER  LATE  TOOK
critical        0          0        0     0      0
high            0          0        0     0      0
normal          2          1        0     1      0  0 ms  0 ms
low             0          0        0     0      0
From 2025-12-31 23:56:00Z until now (5 min). STARTED is the sum of SUCCEEDED to OTHER.
OTHER: deferred, cancelled or expired. LATE and TOOK are means.
"
`);
  });
});

describe("millrace", () => {
  test.each([
    [[]],
    [["rums"]],
    [["runs"]],
    [["runs", "list", "--limit", "many"]],
    [["runs", "list", "--limit", "0"]],
  ])("exits with 2 for wrong usage: %j", async (args) => {
    const { code, out, err } = await setUp().run(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).not.toBe("");
  });

  test("connects to the stage of --stage, or to the default", async () => {
    const { run, stages } = setUp();
    await run(["--stage", "prod", "lanes"]);
    await run(["lanes", "--stage", "dev"]);
    await run(["lanes"]);
    expect(stages).toEqual(["prod", "dev", undefined]);
  });

  test.each([
    ["a sentence", new Error("it is closed\nand more"), "it is closed"],
    [
      "what to do when no server answers",
      new AggregateError([
        Object.assign(new Error("connect ECONNREFUSED ::1:4566"), { code: "ECONNREFUSED" }),
      ]),
      "no server answers (connect ECONNREFUSED ::1:4566); run npx millrace dev, or pass --stage for a deployed pipeline",
    ],
    [
      "what to check when the tables do not exist",
      Object.assign(new Error("no such table"), { name: "ResourceNotFoundException" }),
      "the pipeline does not exist (no such table); check that the stage is deployed in this account and region",
    ],
    [
      "what to set when no region is set",
      new Error("Region is missing"),
      "no AWS region set; set AWS_REGION, or AWS_PROFILE to a profile that has one",
    ],
    [
      "what to set when no credentials are found",
      Object.assign(new Error("Could not load credentials from any providers"), {
        name: "CredentialsProviderError",
      }),
      "no AWS credentials found (Could not load credentials from any providers); set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ],
    ["what was thrown", "a text", "a text"],
  ])("reports %s", async (_, problem, sentence) => {
    const connect = () => Promise.reject(problem);
    const { code, err } = await setUp().run(["lanes"], { connect });
    expect({ code, err }).toEqual({ code: 1, err: `millrace: ${sentence}\n` });
  });
});
