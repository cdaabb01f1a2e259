import { describe, expect, test } from "@jest/globals";
import { type LocateContext, locatePipeline, passedOver } from "../../shared/aws/locate-pipeline.ts";

const whole = { MILLRACE_STAGE: "dev", MILLRACE_RUNS_TABLE: "millrace-dev-runs" };
const local = { MILLRACE_STAGE: "local", MILLRACE_RUNS_TABLE: "millrace-local-runs" };
const named = { MILLRACE_STAGE: "dev" };

describe("locatePipeline", () => {
  test.each<[string, LocateContext, object | undefined]>([
    ["nothing names one", { env: {} }, undefined],
    ["an empty variable names one", { env: { MILLRACE_STAGE: "" } }, undefined],
    ["millrace dev runs", { env: {}, local }, { kind: "local", stage: "local", chosenBy: ".millrace/env" }],
    ["the environment names a stage", { env: named }, { kind: "stage", chosenBy: "MILLRACE_STAGE" }],
    [
      "the environment names a stage, and millrace dev runs",
      { env: named, local },
      { kind: "stage", stage: "dev", chosenBy: "MILLRACE_STAGE" },
    ],
    [
      "the environment names that of millrace dev",
      { env: { MILLRACE_STAGE: "local" }, local },
      { kind: "local", chosenBy: "MILLRACE_STAGE" },
    ],
    [
      "the environment describes a stage whole, and millrace dev runs",
      { env: whole, local },
      { kind: "environment", stage: "dev", chosenBy: "MILLRACE_STAGE" },
    ],
    [
      "the command line names a stage, whatever else is there",
      { stage: "prod", env: whole, local },
      { kind: "stage", stage: "prod", chosenBy: "--stage" },
    ],
    [
      "the command line names the stage that the environment describes",
      { stage: "dev", env: whole, local },
      { kind: "environment", stage: "dev", chosenBy: "--stage" },
    ],
    [
      "the command line names that of millrace dev",
      { stage: "local", env: named, local },
      { kind: "local", stage: "local", chosenBy: "--stage" },
    ],
  ])("%s", (_, circumstances, place) => {
    const found = locatePipeline(circumstances);
    if (place === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(place);
  });

  test("uses the variables of millrace dev only for the pipeline that they describe", () => {
    expect(locatePipeline({ env: {}, local })).toMatchObject({ env: local });
  });
});

describe("passedOver", () => {
  const of = (circumstances: LocateContext) => {
    const found = locatePipeline(circumstances);
    return found && passedOver(found, circumstances.local);
  };

  test("names the pipeline of millrace dev when the environment has selected another", () => {
    expect(of({ env: named, local })).toBe("local");
  });

  test.each<[string, LocateContext]>([
    ["the command line chose", { stage: "dev", env: {}, local }],
    ["millrace dev runs nothing", { env: named }],
    ["the environment names that of millrace dev", { env: { MILLRACE_STAGE: "local" }, local }],
  ])("names none when %s", (_, circumstances) => {
    expect(of(circumstances)).toBeUndefined();
  });
});
