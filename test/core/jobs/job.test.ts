import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import type { Duration } from "../../../shared/core/duration.ts";
import { DefinitionError } from "../../../shared/core/errors.ts";
import {
  defineJob,
  type JobContext,
  type JobDefinition,
  maxTimeoutMs,
  takesInput,
} from "../../../shared/core/jobs/job.ts";
import { type LaneName, laneNames } from "../../../shared/core/lane.ts";

const run = () => undefined;

describe("a job", () => {
  test("is inert data with defaults", () => {
    expect(defineJob({ name: "greet", run })).toMatchObject({
      name: "greet",
      input: expect.anything(),
      lane: "normal",
      timeoutMs: 30_000,
      retry: { attempts: 5, baseMs: 1_000, capMs: 3_600_000 },
      run,
    });
  });

  test("says whether it takes an input", () => {
    expect(takesInput(defineJob({ name: "greet", run }))).toBe(false);
    expect(takesInput(defineJob({ name: "greet", input: z.object({}), run }))).toBe(true);
  });

  test("is what its definition says", () => {
    const input = z.object({ userId: z.string() });
    const retry = { attempts: 8 };
    const job = defineJob({
      name: "send-2-e-mails",
      input,
      priority: "high",
      timeout: "1 minute",
      retry,
      run,
    });
    expect(job).toMatchObject({
      name: "send-2-e-mails",
      lane: "high",
      timeoutMs: 60_000,
      retry: { attempts: 8 },
    });
    expect(job.input).toBe(input);
  });

  test("that declares no input takes none", async () => {
    const { validate } = defineJob({ name: "greet", run }).input["~standard"];
    expect(await validate(undefined)).toEqual({ value: undefined });
    expect(await validate(null)).toEqual({ value: undefined });
    expect(await validate({})).toEqual({
      issues: [{ message: "expected no input: the job declares none" }],
    });
  });

  test.each(laneNames)(
    "on lane %s may take as long as the lane allows and not a millisecond more",
    (priority) => {
      const most = maxTimeoutMs(priority);
      const withTimeout = (ms: number) =>
        defineJob({ name: "greet", priority, timeout: `${ms} milliseconds`, run });
      expect(withTimeout(most).timeoutMs).toBe(most);
      expect(() => withTimeout(most + 1)).toThrow(DefinitionError);
    },
  );
});

describe("a bad definition", () => {
  const name = /^job name: expected lower-case words joined by hyphens, at most 64 characters, got /;

  test.each<[Partial<JobDefinition<never, unknown>>, string | RegExp]>([
    [{ name: "" }, name],
    [{ name: "Greet" }, name],
    [{ name: "greet:all" }, name],
    [{ name: "greet@1" }, name],
    [{ name: "greet_all" }, name],
    [{ name: "-greet" }, name],
    [{ name: "greet-" }, name],
    [{ name: "greet--all" }, name],
    [{ name: "2greet" }, name],
    [{ name: "greet\n" }, name],
    [{ name: "x".repeat(65) }, name],
    [{ name: undefined as unknown as string }, name],
    [{ name: ["greet"] as unknown as string }, name],
    [
      { priority: "urgent" as LaneName },
      'job "greet": priority: expected one of critical, high, normal, low, got "urgent"',
    ],
    [
      { timeout: "soon" as Duration },
      'job "greet": timeout: expected a duration such as "30 seconds" or "1 hour", got "soon"',
    ],
    [
      { timeout: "0 seconds" },
      'job "greet": timeout: expected 1 millisecond to 295 seconds on lane normal, got "0 seconds"; choose a lane with more time, or do less per run',
    ],
    [
      { timeout: "1 hour" },
      'job "greet": timeout: expected 1 millisecond to 295 seconds on lane normal, got "1 hour"; choose a lane with more time, or do less per run',
    ],
    [{ retry: { attempts: 0 } }, 'job "greet": retry.attempts: expected a whole number from 1 to 100, got 0'],
    [{ retry: { base: "1 day" } }, 'job "greet": retry.base: expected at most the cap (1 hour), got 1 day'],
    [
      { retry: { cap: "x" as Duration } },
      'job "greet": retry.cap: expected a duration such as "30 seconds" or "1 hour", got "x"',
    ],
  ])("names its field: %j", (wrong, message) => {
    const define = () => defineJob({ name: "greet", run, ...wrong });
    expect(define).toThrow(DefinitionError);
    expect(define).toThrow(message);
  });

  test("accepts the longest name there may be", () => {
    expect(defineJob({ name: "x".repeat(64), run }).name).toHaveLength(64);
  });
});

describe("the types of a job", () => {
  test("follow its schema: as sent for those who enqueue, as received for its run", () => {
    const child = defineJob({ name: "child", input: z.object({ at: z.iso.date() }), run });
    const parent = defineJob({
      name: "parent",
      input: z.object({ days: z.string().transform(Number), note: z.string().default("") }),
      run: ({ input }) => [input.days + 1, input.note.length],
    });
    const pulse = defineJob({ name: "pulse", run });
    const enqueues = async ({ enqueue }: JobContext<unknown>) => {
      await enqueue(child, { at: "2026-01-01" }, { key: "k" });
      await enqueue(parent, { days: "7" });
      await enqueue(pulse);
      // @ts-expect-error the input is missing
      await enqueue(child);
      // @ts-expect-error days are a string on the wire
      await enqueue(parent, { days: 7 });
      // @ts-expect-error the job takes no input
      await enqueue(pulse, { days: 7 });
      // @ts-expect-error there is no such lane
      await enqueue(pulse, undefined, { priority: "urgent" });
    };
    expect(typeof enqueues).toBe("function");
  });
});
