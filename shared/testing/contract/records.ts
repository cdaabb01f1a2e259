import { expect, test } from "@jest/globals";
import { maxPayloadBytes } from "../../core/runs/input.ts";
import type { LaneCounts } from "../../ports/index.ts";
import type { GetFixture } from "./fixture.ts";
import { inSeconds, many } from "./rows.ts";

const minuteMs = 60_000;

const counts = (all: number): LaneCounts => ({
  claimed: all,
  succeeded: all,
  retried: all,
  dead: all,
  deferred: all,
  crashed: all,
  waitMs: all,
  workMs: all,
});

/** Tests of watermarks, job names, payloads and metrics. */
export const records = (fixture: GetFixture): void => {
  test("never moves a watermark back", async () => {
    const { watermarks } = fixture().ports;
    expect(await watermarks.advance("swept", 10)).toBe(10);
    expect(await watermarks.advance("swept", 5)).toBe(10);
    expect(await watermarks.advance("swept", 10)).toBe(10);
    expect(await watermarks.advance("swept", 12)).toBe(12);
    await watermarks.advance("dispatched", 1);
    expect(await watermarks.read()).toEqual(
      new Map([
        ["swept", 12],
        ["dispatched", 1],
      ]),
    );
  });

  test("keeps the furthest of concurrent watermarks", async () => {
    const { watermarks } = fixture().ports;
    await Promise.all([3, 9, 1, 7].map((to) => watermarks.advance("raced", to)));
    expect(await watermarks.read()).toEqual(new Map([["raced", 9]]));
  });

  test("keeps each job name once, for ever", async () => {
    const { jobNames } = fixture().ports;
    expect(await jobNames.list()).toEqual([]);
    const names = many(30, (i) => `job-${i}`);
    await jobNames.ensure([...names, "job-1"]);
    await jobNames.ensure(["job-2", "another"]);
    expect([...(await jobNames.list())].sort()).toEqual([...names, "another"].sort());
  });

  test("reads a payload of the maximum size as it was saved", async () => {
    const { payloads, clock } = fixture().ports;
    const ttl = inSeconds(clock.now()) + 600;
    const large = `"${"é🚂".repeat(Math.floor((maxPayloadBytes - 2) / 6))}"`;
    await payloads.save("contract:1", "input#h", large, ttl);
    await payloads.save("contract:1", "result#t", '"small"', ttl);
    expect(await payloads.load("contract:1", "input#h")).toBe(large);
    expect(await payloads.load("contract:1", "result#t")).toBe('"small"');
    expect(await payloads.load("contract:2", "input#h")).toBeUndefined();
  });

  test("omits a payload past its TTL", async () => {
    const { payloads, clock } = fixture().ports;
    await payloads.save("contract:1", "input#h", "1", inSeconds(clock.now()) - 10);
    expect(await payloads.load("contract:1", "input#h")).toBeUndefined();
  });

  test("replaces the earlier metrics snapshot of the same minute and lane", async () => {
    const { metrics, clock } = fixture().ports;
    const minute = Math.floor(clock.now() / minuteMs);
    await metrics.save(minute, "high", counts(1));
    await metrics.save(minute, "high", counts(3));
    await metrics.save(minute, "low", counts(5));
    await metrics.save(minute - 1, "high", counts(7));
    expect(await metrics.read(minute)).toEqual(
      new Map([
        ["high", counts(3)],
        ["low", counts(5)],
      ]),
    );
    expect(await metrics.read(minute - 2)).toEqual(new Map());
  });

  test("adds up the metrics snapshots of several execution environments", async () => {
    const { ports, secondInstance } = fixture();
    if (!secondInstance) return; // Memory is one environment.
    const minute = Math.floor(ports.clock.now() / minuteMs);
    await ports.metrics.save(minute, "high", counts(2));
    await secondInstance.metrics.save(minute, "high", counts(3));
    expect(await ports.metrics.read(minute)).toEqual(new Map([["high", counts(5)]]));
  });
};
