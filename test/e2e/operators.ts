import { expect, test } from "@jest/globals";
import type { GetDeployment } from "./deployment.ts";

/** Runs after all other tests, and reads what they did. */
export const operators = (deployment: GetDeployment): void => {
  test("npx millrace lists dead runs with their reasons", async () => {
    expect(await deployment().project.millrace("runs", "list", "--state", "dead")).toMatchObject({
      runs: [{ job: "weather-report", state: "dead", reason: expect.stringContaining("year") }],
    });
  });

  test("npx millrace shows a run's result", async () => {
    expect(await deployment().project.millrace("runs", "show", "ship-order:A1")).toMatchObject({
      state: "succeeded",
      attempts: 3,
      result: { carrier: "snail" },
    });
  });

  test("npx millrace shows the lanes' depths", async () => {
    const none = { visible: 0, inFlight: 0, delayed: 0, dead: 0 };
    expect(await deployment().project.millrace("lanes")).toMatchObject({
      lanes: [
        { lane: "critical" },
        { lane: "high", depth: none },
        { lane: "normal", depth: none },
        { lane: "low", depth: { ...none, dead: 4 } },
      ],
    });
  });

  test("npx millrace enqueues a run", async () => {
    const answer = await deployment().project.millrace("enqueue", "ship-order", "--input", '{"order":"C3"}');
    const { id } = Object(answer);
    expect(await deployment().pipeline.reaches(id, "succeeded")).toMatchObject({ input: { order: "C3" } });
  });
};
