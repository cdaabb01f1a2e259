import { expect, test } from "@jest/globals";
import { serverOffset } from "../../shared/core/server-clock.ts";

const now = Date.UTC(2026, 0, 1);
const answered = (serverAt: number | undefined, tookMs = 40) =>
  serverOffset({ sentAt: now, receivedAt: now + tookMs, serverAt });

test.each([
  ["the same clock", now, 0],
  ["a clock that is two seconds off, which a header of whole seconds cannot show", now - 2_000, 0],
  ["a clock that is two minutes ahead", now + 120_000, 120_480],
  ["a clock that is two minutes behind", now - 120_000, -119_520],
  ["a server that does not say", undefined, 0],
  ["a header that is no date", Number.NaN, 0],
])("the offset of %s", (_, serverAt, offset) => {
  expect(answered(serverAt)).toBe(offset);
});

test("a slow answer is no reason to change the clock", () => {
  expect(answered(now, 6_000)).toBe(0);
});
