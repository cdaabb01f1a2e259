import { expect, test } from "@jest/globals";
import { createServerTime } from "../../shared/aws/server-time.ts";
import { scriptedStore } from "./scripted.ts";

const storeAnswering = (headers: object) => scriptedStore(() => ({ Responses: {}, response: { headers } }));

test("takes the time from the header of an answer", async () => {
  const { store, asked } = storeAnswering({ date: "Thu, 01 Jan 2026 00:02:00 GMT" });
  expect(store.clock.now()).toBe(Date.UTC(2026, 0, 1));
  expect(await createServerTime(store)()).toBe(Date.UTC(2026, 0, 1, 0, 2, 0, 500));
  expect(asked.map(({ command }) => command)).toEqual(["BatchGetItemCommand"]);
});

test("keeps the time of this machine when an answer has no such header", async () => {
  const { store } = storeAnswering({});
  expect(await createServerTime(store)()).toBe(store.clock.now());
});
