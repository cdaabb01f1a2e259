import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as z from "zod";
import type { Job } from "../../../shared/core/jobs/job.ts";
import { jsonHash } from "../../../shared/core/json.ts";
import { adoption, conflict, textOf } from "../../../shared/core/runs/adoption.ts";
import { maxPayloadBytes } from "../../../shared/core/runs/input.ts";
import type { Message } from "../../../shared/core/runs/message.ts";
import { retentionMs } from "../../../shared/core/runs/run.ts";
import { defineJob } from "../../../shared/index.ts";
import { anyInstant, now, runIn } from "./any-run.ts";

const minute = 60_000;
const jobs = new Map(
  [
    defineJob({ name: "greet", input: z.unknown(), run: () => 1 }),
    defineJob({ name: "bill", run: () => 1 }),
  ].map((job): [string, Job] => [job.name, job]),
);

const adopt = (more: Partial<Message> = {}, sentAt?: number) => {
  const message: Message = { v: 1, job: "greet", ...more };
  return adoption({ message, id: "greet:k", lane: "high", sentAt }, jobs, now);
};

describe("a message without a row", () => {
  test("has no input when it has null for a job that declares none", () => {
    const message: Message = { v: 1, job: "bill", input: null };
    const adopted = adoption({ message, id: "bill:k", lane: "high" }, jobs, now);
    expect(adopted).toEqual({
      input: undefined,
      run: expect.objectContaining({ inputHash: jsonHash(undefined) }),
    });
    expect(adopt({ input: null })).toMatchObject({ input: "null" });
  });

  test("becomes the row that its sender would have written", () => {
    const input = { name: "Ada" };
    expect(
      adopt({ input, tenant: "acme", chainDepth: 2, generation: 3, dueAt: now - minute, schedule: "daily" }),
    ).toEqual({
      input: '{"name":"Ada"}',
      run: expect.objectContaining({
        id: "greet:k",
        job: "greet",
        lane: "high",
        state: "queued",
        generation: 3,
        availableAt: now - minute,
        claimCount: 0,
        input: '{"name":"Ada"}',
        tenant: "acme",
        chainDepth: 2,
        schedule: "daily",
        createdAt: now,
      }),
    });
  });

  test("is due at once when it says nothing else, and never before it says", () => {
    expect(adopt()).toMatchObject({ run: { availableAt: now, dueAt: now } });
    fc.assert(
      fc.property(anyInstant, (due) => {
        expect(adopt({ dueAt: due })).toMatchObject({ run: { availableAt: due } });
      }),
    );
  });

  test("is parked when it is due later than a queue can hold it", () => {
    expect(adopt({ dueAt: now + 60 * minute })).toMatchObject({
      run: { state: "parked", dueAt: now + 60 * minute },
    });
  });

  test("refers to a stored input", () => {
    expect(adopt({ stored: true })).toMatchObject({ run: { inputStored: true }, input: undefined });
    expect(adopt({ input: "x".repeat(600) })).toMatchObject({ run: { inputStored: true } });
  });

  test.each<[string, Partial<Message>, number | undefined, RegExp]>([
    [
      "names an unknown job",
      { job: "gret" },
      undefined,
      /expected the name of a job \(greet, bill\), got "gret"/,
    ],
    ["is older than a row is kept", {}, now - retentionMs - 1, /younger than the rows/],
    [
      "says that it is older than a row is kept",
      { sentAt: now - retentionMs - 1 },
      now,
      /younger than the rows/,
    ],
    [
      "has too large an input",
      { input: "x".repeat(maxPayloadBytes) },
      undefined,
      /expected at most 350000 bytes/,
    ],
  ])("is refused when it %s", (_, more, sentAt, refused) => {
    expect(adopt(more, sentAt)).toEqual({ refused: expect.stringMatching(refused) });
  });
});

describe("the text of a message's input", () => {
  test.each<[string, unknown, string | undefined, string | undefined]>([
    ["is its JSON", { a: 1 }, "greet", '{"a":1}'],
    ["is none when it is null and its job declares none", null, "bill", undefined],
    ["is null when its job takes it", null, "greet", "null"],
    ["is as it came when this deployment does not have its job", null, undefined, "null"],
  ])("%s", (_, input, job, text) => {
    const known = job === undefined ? undefined : jobs.get(job);
    expect(textOf({ v: 1, job: job ?? "gone", input }, known)).toBe(text);
  });
});

describe("a message with the id of a row that is there", () => {
  const row = runIn("queued", { inputHash: "as first" });

  test.each<[string, Partial<Message>, object, string, boolean]>([
    ["is refused when its key was used with another input", {}, {}, "another", true],
    ["is a copy when it has the same input", {}, {}, "as first", false],
    ["is a copy when the pipeline gave it its id", { id: row.id }, {}, "another", false],
    ["is a copy when the run is an occurrence", {}, { schedule: "daily" }, "another", false],
  ])("%s", (_, more, facts, hash, isRefused) => {
    const refused = conflict({ ...row, ...facts }, { v: 1, job: "greet", ...more }, hash);
    expect(refused).toBe(
      isRefused
        ? 'expected the input that the key was first used with, or a new key, got another input: run "greet:k" exists'
        : undefined,
    );
  });
});
