import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  attemptRecordSchema,
  attemptTtl,
  failedRecord,
  killedRecord,
  notStartedRecord,
  startedRecord,
} from "../../../shared/core/runs/attempt-record.ts";
import { retentionMs } from "../../../shared/core/runs/run.ts";
import { anyRunning, now, running } from "./any-run.ts";

const endedAt = now + 7;
const run = running({ claimCount: 5, claimCountAtStart: 3, generation: 2, startedAt: now, worker: "w1" });
const facts = { claim: 5, attempt: 2, generation: 2, startedAt: now, worker: "w1" };
const killed = { name: "WorkerEnded", message: "out of memory" };

describe("the record of an attempt", () => {
  test("has the error with its stack and cause when the handler threw", () => {
    const error = new Error("no flour", { cause: new Error("no corn") });
    expect(failedRecord(run, { outcome: { kind: "threw", error }, endedAt })).toEqual({
      ...facts,
      endedAt,
      outcome: "failed",
      error: {
        name: "Error",
        message: "no flour",
        stack: expect.stringContaining("attempt-record.test.ts:"),
        causes: [expect.objectContaining({ message: "no corn" })],
      },
    });
  });

  test("has no secret that is registered", () => {
    const outcome = { kind: "threw", error: new Error("open sesame") } as const;
    const redact = (text: string) => text.replaceAll("sesame", "[redacted]");
    expect(failedRecord(run, { outcome, endedAt, redact })?.error?.message).toBe("open [redacted]");
  });

  test("has the timeout when the attempt timed out", () => {
    expect(failedRecord(run, { outcome: { kind: "timed-out", afterMs: 7 }, endedAt })).toEqual({
      ...facts,
      endedAt,
      outcome: "timed-out",
      error: { name: "TimeoutError", message: "the attempt took longer than its 7 ms" },
    });
  });

  test.each([{ kind: "returned", result: 1 } as const, { kind: "cancelled", reason: "x" } as const])(
    "is none of an attempt that did not fail: $kind",
    (outcome) => {
      expect(failedRecord(run, { outcome, endedAt })).toBeUndefined();
    },
  );

  test("records that a handler is about to start, or that it never started", () => {
    expect(startedRecord(run)).toEqual({ ...facts, outcome: "started" });
    expect(notStartedRecord(run, endedAt)).toEqual({ ...facts, endedAt, outcome: "not-started" });
  });

  test("records how its worker ended", () => {
    expect(killedRecord(run, killed, endedAt)).toEqual({
      ...facts,
      endedAt,
      outcome: "killed",
      error: killed,
    });
  });

  test("reads back as it was written, whatever the run and the error", () => {
    fc.assert(
      fc.property(anyRunning, fc.anything(), (any, error) => {
        const records = [
          startedRecord(any),
          notStartedRecord(any, endedAt),
          killedRecord(any, killed, endedAt),
          failedRecord(any, { outcome: { kind: "threw", error }, endedAt }),
        ];
        const read = attemptRecordSchema.array().parse(JSON.parse(JSON.stringify(records)));
        expect(read).toEqual(records);
      }),
    );
  });

  test("is kept twice as long as a run that has ended, in whole seconds", () => {
    expect(attemptTtl(now + 999)).toBe((now + 2 * retentionMs) / 1_000);
  });
});
