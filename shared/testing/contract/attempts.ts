import { expect, test } from "@jest/globals";
import type { AttemptRecord } from "../../core/runs/attempt-record.ts";
import type { GetFixture } from "./fixture.ts";
import { inSeconds } from "./rows.ts";

const record = (claim: number, more: Partial<AttemptRecord> = {}): AttemptRecord => ({
  claim,
  attempt: claim,
  generation: 1,
  startedAt: 1_767_225_600_000,
  outcome: "failed",
  ...more,
});

const whole = record(1, {
  endedAt: 1_767_225_600_250,
  worker: "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
  error: {
    name: "TypeError",
    message: "fetch failed é🚂",
    code: "E_X",
    stack: "at a (jobs/a.ts:1:2)\nat b (jobs/b.ts:3:4)",
    causes: [{ name: "Error", message: "refused", code: "ECONNREFUSED" }],
  },
});

/** Tests of the recorded attempts of a run. */
export const attempts = (fixture: GetFixture): void => {
  test("answers no attempts for a run without recorded ones", async () => {
    expect(await fixture().ports.attempts.list("greet:a")).toEqual([]);
  });

  test("lists the attempts of each run as recorded, in the order of their claims", async () => {
    const { attempts: port, clock } = fixture().ports;
    const ttl = inSeconds(clock.now()) + 600;
    await port.record([
      { runId: "greet:a", record: record(10), ttl },
      { runId: "greet:a", record: record(9, { outcome: "timed-out" }), ttl },
      { runId: "greet:ab", record: record(3), ttl },
    ]);
    await port.record([{ runId: "greet:a", record: whole, ttl }]);
    expect(await port.list("greet:a")).toEqual([whole, record(9, { outcome: "timed-out" }), record(10)]);
    expect(await port.list("greet:ab")).toEqual([record(3)]);
  });

  test("replaces the entry of the same claim", async () => {
    const { attempts: port, clock } = fixture().ports;
    const ttl = inSeconds(clock.now()) + 600;
    await port.record([{ runId: "greet:a", record: record(2, { outcome: "started" }), ttl }]);
    await port.record([{ runId: "greet:a", record: record(2, { endedAt: 1_767_225_600_100 }), ttl }]);
    expect(await port.list("greet:a")).toEqual([record(2, { endedAt: 1_767_225_600_100 })]);
  });

  test("omits an attempt past its TTL", async () => {
    const { attempts: port, clock } = fixture().ports;
    await port.record([
      { runId: "greet:a", record: record(1), ttl: inSeconds(clock.now()) - 10 },
      { runId: "greet:a", record: record(2), ttl: inSeconds(clock.now()) + 600 },
    ]);
    expect(await port.list("greet:a")).toEqual([record(2)]);
  });
};
