import { describe, expect, test } from "@jest/globals";
import { type Circumstances, type Place, placeOf } from "../../cli/place.ts";

const whole = { MILLRACE_STAGE: "dev", MILLRACE_RUNS_TABLE: "millrace-dev-runs" };

describe("where the pipeline is", () => {
  test.each<[string, Circumstances, Place]>([
    ["the variables say", { env: whole, isLocalRunning: true }, { kind: "environment" }],
    [
      "the variables say of that stage",
      { stage: "dev", env: whole, isLocalRunning: false },
      { kind: "environment" },
    ],
    [
      "another stage is asked for",
      { stage: "prod", env: whole, isLocalRunning: true },
      { kind: "stage", stage: "prod" },
    ],
    ["npm start runs", { env: {}, isLocalRunning: true }, { kind: "local" }],
    [
      "npm start runs, and a stage is set",
      { env: { MILLRACE_STAGE: "dev" }, isLocalRunning: true },
      { kind: "local" },
    ],
    [
      "a stage is asked for",
      { stage: "dev", env: {}, isLocalRunning: true },
      { kind: "stage", stage: "dev" },
    ],
    [
      "a stage is set",
      { env: { MILLRACE_STAGE: "dev" }, isLocalRunning: false },
      { kind: "stage", stage: "dev" },
    ],
  ])("%s", (_, circumstances, place) => {
    expect(placeOf(circumstances)).toEqual(place);
  });

  test("nobody knows", () => {
    expect(() => placeOf({ env: {}, isLocalRunning: false })).toThrow(
      /^no pipeline runs here: .*npm start.*--stage/,
    );
  });
});
