import { expect, test } from "@jest/globals";
import type { GetFixture } from "./fixture.ts";
import { many } from "./rows.ts";

export const time = (fixture: GetFixture): void => {
  test("ends a sleep when its time is over, and not before", async () => {
    const { ports, advance } = fixture();
    const { clock } = ports;
    const until = clock.now() + 50;
    let isAwake = false;
    const asleep = clock.sleep(50).then(() => {
      isAwake = true;
      return clock.now();
    });
    await advance(20);
    expect(isAwake).toBe(false);
    await advance(40);
    expect(await asleep).toBeGreaterThanOrEqual(until);
  });

  test("ends a sleep of 0 ms at once", async () => {
    await fixture().ports.clock.sleep(0);
  });

  test("ends a sleep at once when its signal is aborted, before or meanwhile", async () => {
    const { clock } = fixture().ports;
    const control = new AbortController();
    const asleep = clock.sleep(3_600_000, control.signal);
    control.abort();
    await asleep;
    await clock.sleep(3_600_000, control.signal);
  });

  test("answers the server's time like the clock's when both are right", async () => {
    const { clock, serverTime } = fixture().ports;
    expect(Math.abs((await serverTime()) - clock.now())).toBeLessThan(3_000);
  });

  test("makes unique ids that sort by their milliseconds", () => {
    const { random } = fixture().ports;
    const ids = many(1_000, (i) => random.id(1_700_000_000_000 + i));
    expect(ids).toEqual(ids.toSorted());
    expect(new Set([...ids, ...many(1_000, () => random.id(1_700_000_000_000))]).size).toBe(2_000);
    expect(ids[0]).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  test("answers random numbers from 0 up to, not including, 1", () => {
    const { random } = fixture().ports;
    const parts = many(100, () => random.unit());
    expect(parts.every((part) => part >= 0 && part < 1)).toBe(true);
  });
};
