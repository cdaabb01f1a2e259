import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as z from "zod";
import { groupOf } from "../../../shared/aws/sqs/queue-requests.ts";
import { DefinitionError } from "../../../shared/core/errors.ts";
import type { EnqueueOptions } from "../../../shared/core/jobs/job.ts";
import { jobRef } from "../../../shared/core/jobs/job-ref.ts";
import { checkJob, checkOptions, checkTarget } from "../../../shared/core/runs/enqueue-options.ts";
import { messageFor, readMessage } from "../../../shared/core/runs/message.ts";
import { newRun } from "../../../shared/core/runs/new-run.ts";
import { runSchema } from "../../../shared/core/runs/run.ts";
import { defineJob } from "../../../shared/index.ts";
import { anyWord, now } from "./any-run.ts";

const job = defineJob({ name: "greet", input: z.unknown(), run: () => 1 });
const slow = defineJob({ name: "slow", priority: "low", timeout: "10 minutes", run: () => 1 });

/** As code without types calls it. */
const check = (options: unknown) => checkOptions(job, options as EnqueueOptions, now);

const problemOf = (options: unknown): string => {
  try {
    check(options);
    return "not refused";
  } catch (error) {
    return error instanceof DefinitionError ? error.message : `another error: ${String(error)}`;
  }
};

describe("the options of a run", () => {
  test.each([undefined, null, {}])("may be absent: %p", (options) => {
    expect(check(options)).toEqual({ lane: "normal", dueAt: now });
  });

  test.each(["key", "delay", "at", "priority", "tenant", "expiresIn", "tags"])(
    "may have null or undefined for an absent %s",
    (name) => {
      expect(check({ [name]: null })).toEqual({ lane: "normal", dueAt: now });
      expect(check({ [name]: undefined })).toEqual({ lane: "normal", dueAt: now });
    },
  );

  test("are what the row and the message carry", () => {
    const options = {
      key: "k",
      delay: "1 minute",
      priority: "high",
      tenant: "acme",
      expiresIn: "1 hour",
      tags: ["a"],
    };
    expect(check(options)).toEqual({
      key: "k",
      lane: "high",
      dueAt: now + 60_000,
      tenant: "acme",
      expiresAt: now + 3_660_000,
      tags: ["a"],
    });
  });

  const word = "expected 1 to 128 visible ASCII characters without spaces";

  test.each<[object | string, string]>([
    [{ tenant: "" }, `tenant: ${word}, got ""`],
    [{ tenant: 7 }, `tenant: ${word}, got 7`],
    [{ key: "" }, `key: ${word}, got ""`],
    [{ key: "two words" }, `key: ${word}, got "two words"`],
    [{ key: Number.NaN }, `key: ${word}, got NaN`],
    [{ key: ["a"] }, `key: ${word}, got an array`],
    [{ key: {} }, `key: ${word}, got an object`],
    [{ key: 10n }, `key: ${word}, got 10n`],
    [{ key: Symbol("k") }, `key: ${word}, got Symbol(k)`],
    [{ delay: "" }, 'delay: expected a duration such as "30 seconds" or "1 hour", got ""'],
    [{ delay: 30 }, 'delay: expected a duration such as "30 seconds" or "1 hour", got 30'],
    [{ delay: 30n }, 'delay: expected a duration such as "30 seconds" or "1 hour", got 30n'],
    [{ delay: ["1 hour"] }, 'delay: expected a duration such as "30 seconds" or "1 hour", got an array'],
    [{ expiresIn: "soon" }, 'expiresIn: expected a duration such as "30 seconds" or "1 hour", got "soon"'],
    [
      { at: "2027-01-01" },
      'at: expected a valid Date, got "2027-01-01"; pass one, such as new Date("2027-01-01T00:00:00Z")',
    ],
    [
      { at: new Date("no") },
      'at: expected a valid Date, got an invalid Date; pass one, such as new Date("2027-01-01T00:00:00Z")',
    ],
    [
      { at: new Date(8.64e15) },
      "at: expected an instant within 36525 days from now, got +275760-09-13T00:00:00.000Z",
    ],
    [{ at: new Date(now), delay: "1 hour" }, "delay: expected delay or at, got both; give one of them"],
    [{ priority: "urgent" }, 'priority: expected one of critical, high, normal, low, got "urgent"'],
    [{ priority: "" }, 'priority: expected one of critical, high, normal, low, got ""'],
    [{ tags: "red" }, 'tags: expected a list of texts, got "red"'],
    [{ tags: [""] }, 'tags: expected texts of 1 to 128 characters, got ""'],
    [{ tags: [1] }, "tags: expected texts of 1 to 128 characters, got 1"],
    [
      { tags: Array(11).fill("a") },
      "tags: expected at most 10 tags of 1024 bytes together, got 11 of 11 bytes; put the rest into the input",
    ],
    [
      { tags: Array(9).fill("é".repeat(60)) },
      "tags: expected at most 10 tags of 1024 bytes together, got 9 of 1080 bytes; put the rest into the input",
    ],
    [
      { dealy: "1 hour" },
      'options: expected the names key, delay, at, priority, tenant, expiresIn, tags, got "dealy"; correct its name, or leave it out',
    ],
    ["high", 'options: expected an object such as { key: "order-17" }, got "high"'],
    [["high"], 'options: expected an object such as { key: "order-17" }, got an array'],
  ])("are refused in a sentence when they are %p", (options, problem) => {
    expect(problemOf(options)).toBe(problem);
  });

  test("are refused with a lane that does not give the job its time", () => {
    expect(() => checkOptions(slow, { priority: "critical" }, now)).toThrow(
      /^priority: expected a lane with more time/,
    );
  });

  test("that are accepted make a row that can be read and a message that the worker takes, whatever they are", () => {
    const odd = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true });
    const anyOptions = fc.record(
      {
        key: fc.oneof(anyWord(130), fc.string(), odd),
        tenant: fc.oneof(anyWord(130), fc.string(), odd),
        delay: fc.oneof(fc.constantFrom("1 second", "20 minutes", "36525 days", "0 seconds"), odd),
        expiresIn: fc.oneof(fc.constantFrom("1 second", "36525 days"), odd),
        tags: fc.oneof(fc.array(fc.string({ maxLength: 140 }), { maxLength: 12 }), odd),
        priority: fc.oneof(fc.constantFrom("low", "high"), odd),
      },
      { requiredKeys: [] },
    );
    const anyAt = fc.record({
      at: fc.oneof(fc.date({ noInvalidDate: false }), odd),
      expiresIn: fc.constant("1 day"),
    });
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.oneof({ weight: 3, arbitrary: anyOptions }, { weight: 1, arbitrary: anyAt }),
        (options) => {
          const problem = problemOf(options);
          if (problem !== "not refused") {
            expect(problem).not.toMatch(/^another error/);
            return;
          }
          accepted++;
          const { key = "01", ...checked } = check(options);
          const run = newRun({ job: "greet", input: undefined, now, ...checked, key });
          expect(runSchema.safeParse(run).error).toBeUndefined();
          const read = readMessage(messageFor(run, now), "m1");
          expect(read).toMatchObject({ id: run.id });
          for (const instant of [run.dueAt, run.availableAt, run.expiresAt ?? 0])
            new Date(instant).toISOString();
          if (run.tenant !== undefined) expect(groupOf(run.tenant)).toBe(run.tenant);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

describe("a job that is passed", () => {
  test.each<[unknown, RegExp]>([
    [
      "greet",
      /^job: expected a job as defineJob returns it, got "greet"; import the job and pass it, not its name/,
    ],
    [undefined, /got undefined; check that the file that defines it is not imported in a circle/],
    [null, /got null; make it with defineJob/],
    [{ name: "greet", run: () => 1 }, /got an object; make it with defineJob/],
  ])("is refused when it is %p", (value, problem) => {
    expect(() => checkJob(value)).toThrow(problem);
  });

  test("is taken when defineJob has made it", () => {
    expect(() => checkJob(job)).not.toThrow();
  });
});

describe("what is enqueued", () => {
  test("may be a job or a reference to one", () => {
    expect(() => checkTarget(job)).not.toThrow();
    expect(() => checkTarget(jobRef<typeof job>(job.name))).not.toThrow();
  });

  test("is refused when it is neither", () => {
    expect(() => checkTarget("greet")).toThrow(
      /^job: expected a job as defineJob returns it, or a jobRef, got "greet"; import the job/,
    );
  });

  test("is refused as a reference where the job itself is needed", () => {
    expect(() => checkJob(jobRef<typeof job>(job.name))).toThrow(
      /got a reference to job "[a-z-]+"; import the job itself: a reference can only be enqueued$/,
    );
  });
});
