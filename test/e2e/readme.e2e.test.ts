import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as z from "zod";
import { createApp } from "../docs/support/app.ts";
import { type Dev, startDev } from "../docs/support/dev.ts";
import { blocksOf, commandsOf, sectionOf } from "../docs/support/pages.ts";

/** The app that a reader has who writes every file of the README. */
const app = createApp();
let dev: Dev;
beforeAll(async () => {
  for (const { file, text } of blocksOf("README.md")) if (file !== undefined) app.write(file, text);
  dev = await startDev(app);
}, 300_000);
afterAll(async () => {
  await dev.stop();
  app.remove();
});

const sent = z.object({ MessageId: z.string() });

test("the README's commands send work to the README's job", async () => {
  const output = await dev.shell(commandsOf(sectionOf("README.md", "Send work")));
  const [, first, json = "", last = ""] = /^(\S+)\n(\{.*?^\})\n(\S+)\n$/ms.exec(output) ?? [];
  expect(first).toBe("send-welcome-email:ann");
  const messageId = sent.parse(JSON.parse(json)).MessageId;
  for (const key of ["ann", messageId, last]) await dev.succeeded(`send-welcome-email:${key}`);
});

test("the README's tests pass", async () => {
  expect(await dev.shell(commandsOf(sectionOf("README.md", "Test")))).toContain("fail 0");
});

test("the README's commands show what happened", async () => {
  const output = await dev.shell(
    commandsOf(sectionOf("README.md", "See what happened")).map((command) => command.replace("npx ", "")),
  );
  expect(output).toContain("send-welcome-email:ann  succeeded");
});
