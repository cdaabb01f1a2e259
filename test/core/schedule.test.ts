import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { defineJob } from "../../shared/core/job.ts";
import { every } from "../../shared/core/rule.ts";
import { schedule } from "../../shared/core/schedule.ts";

const run = () => undefined;
const heartbeat = defineJob({ name: "heartbeat", run });
const report = defineJob({
  name: "report",
  input: z.object({ region: z.string(), days: z.number().default(1) }),
  run,
});
const optional = defineJob({ name: "optional", input: z.string().optional(), run });
const hourly = every("1 hour");

describe("a schedule", () => {
  test("is inert data, named after its job unless it has a name of its own", () => {
    expect(schedule(hourly, heartbeat)).toEqual({
      name: "heartbeat",
      rule: hourly,
      job: heartbeat,
      input: undefined,
      catchUp: "latest",
    });
    expect(schedule(hourly, report, { region: "eu" }, { name: "nightly-eu", catchUp: "all" })).toEqual({
      name: "nightly-eu",
      rule: hourly,
      job: report,
      input: { region: "eu" },
      catchUp: "all",
    });
  });

  test("keeps its input as sent: defaults are the receiver's", () => {
    expect(schedule(hourly, report, { region: "eu" }).input).toEqual({ region: "eu" });
  });

  test.each([["Nightly"], ["a:b"], ["a@b"], [""], ["x".repeat(65)]])("cannot be called %j", (name) => {
    expect(() => schedule(hourly, heartbeat, undefined, { name })).toThrow(
      /^schedule name: expected lower-case words joined by hyphens, at most 64 characters, got /,
    );
  });

  test("does not compile without the input that its job needs, or with another", () => {
    const mistakes = [
      // @ts-expect-error the input is missing
      () => schedule(hourly, report),
      // @ts-expect-error the region is missing
      () => schedule(hourly, report, {}),
      // @ts-expect-error the region is a string
      () => schedule(hourly, report, { region: 7 }),
      // @ts-expect-error the job takes no input
      () => schedule(hourly, heartbeat, { region: "eu" }),
      // @ts-expect-error the input is a string
      () => schedule(hourly, optional, 7),
      // @ts-expect-error there is no such policy
      () => schedule(hourly, heartbeat, undefined, { catchUp: "some" }),
    ];
    const correct = [
      () => schedule(hourly, report, { region: "eu" }),
      () => schedule(hourly, report, { region: "eu", days: 7 }),
      () => schedule(hourly, heartbeat),
      () => schedule(hourly, heartbeat, undefined, { name: "pulse" }),
      () => schedule(hourly, optional),
      () => schedule(hourly, optional, "x"),
    ];
    expect([...mistakes, ...correct].map((make) => typeof make().name)).toEqual(Array(12).fill("string"));
  });
});
