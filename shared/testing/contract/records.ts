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

/** Marks, names, payloads and metrics. */
export const records = (outside: GetFixture): void => {
  test("a mark only grows", async () => {
    const { watermarks } = outside().ports;
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

  test("of marks made at once the furthest stands", async () => {
    const { watermarks } = outside().ports;
    await Promise.all([3, 9, 1, 7].map((to) => watermarks.advance("raced", to)));
    expect(await watermarks.read()).toEqual(new Map([["raced", 9]]));
  });

  test("names of jobs are kept once each, for ever", async () => {
    const { jobNames } = outside().ports;
    expect(await jobNames.list()).toEqual([]);
    const names = many(30, (i) => `job-${i}`);
    await jobNames.ensure([...names, "job-1"]);
    await jobNames.ensure(["job-2", "another"]);
    expect([...(await jobNames.list())].sort()).toEqual([...names, "another"].sort());
  });

  test("a payload of any size that is allowed comes back as it was", async () => {
    const { payloads, clock } = outside().ports;
    const ttl = inSeconds(clock.now()) + 600;
    const large = `"${"é🚂".repeat(Math.floor((maxPayloadBytes - 2) / 6))}"`;
    await payloads.save("contract:1", "input#h", large, ttl);
    await payloads.save("contract:1", "result#t", '"small"', ttl);
    expect(await payloads.load("contract:1", "input#h")).toBe(large);
    expect(await payloads.load("contract:1", "result#t")).toBe('"small"');
    expect(await payloads.load("contract:2", "input#h")).toBeUndefined();
  });

  test("a payload past its TTL is absent", async () => {
    const { payloads, clock } = outside().ports;
    await payloads.save("contract:1", "input#h", "1", inSeconds(clock.now()) - 10);
    expect(await payloads.load("contract:1", "input#h")).toBeUndefined();
  });

  test("a snapshot replaces the one before, of its minute and lane", async () => {
    const { metrics, clock } = outside().ports;
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

  test("snapshots of several execution environments are added up", async () => {
    const { ports, secondInstance } = outside();
    if (!secondInstance) return; // Memory is one environment.
    const minute = Math.floor(ports.clock.now() / minuteMs);
    await ports.metrics.save(minute, "high", counts(2));
    await secondInstance.metrics.save(minute, "high", counts(3));
    expect(await ports.metrics.read(minute)).toEqual(new Map([["high", counts(5)]]));
  });
};
