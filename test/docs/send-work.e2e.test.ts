import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApp } from "./support/app.ts";
import { type Dev, startDev } from "./support/dev.ts";
import { blocksOf, commandsOf, sectionOf } from "./support/pages.ts";

const page = "docs/send-work.md";
const variables = "set -a; . .millrace/env; set +a";

const app = createApp();
let dev: Dev;
beforeAll(async () => {
  const [sendInvoice, index] = blocksOf("docs/write-a-job.md");
  for (const { file = "", text } of [sendInvoice, index].flatMap((block) => block ?? []))
    app.write(file, text);
  for (const { file, text } of blocksOf(page)) if (file !== undefined) app.write(file, text);
  dev = await startDev(app);
}, 300_000);
afterAll(async () => {
  await dev.stop();
  app.remove();
});

describe("docs/send-work.md", () => {
  test.each(["send.ts", "send-many.ts"])("sends work from TypeScript: %s", async (file) => {
    const output = await dev.shell([`node --env-file=.millrace/env ${file}`]);
    expect(output).toMatch(/^send-invoice:/);
    for (const id of output.trim().split("\n")) await dev.succeeded(id);
  });

  test("sends work with the CLI", async () => {
    const [command = ""] = commandsOf(sectionOf(page, "From the command line"));
    await dev.shell([command.replace("npx ", "")]);
    await dev.succeeded("send-invoice:order-35");
  });

  test("sends work with the AWS CLI", async () => {
    const output = await dev.shell([variables, ...commandsOf(sectionOf(page, "AWS CLI"))]);
    await dev.succeeded(`send-invoice:${/"MessageId": "([^"]+)"/.exec(output)?.[1]}`);
  });
});

const has = (...commands: readonly string[]): boolean =>
  commands.every((command) => spawnSync(command, ["version"]).error === undefined);

/** In the order of the page, with the tools that its commands need. */
const languages = [
  { language: "Python", isThere: true, needs: "pip" },
  { language: "Go", isThere: has("go"), needs: "the command go" },
  { language: "Java", isThere: has("java", "mvn"), needs: "the commands java and mvn" },
];

describe.each(languages)("docs/send-work.md, $language", ({ language, isThere, needs }) => {
  const name = isThere
    ? "sends work by the commands of the page"
    : `sends work by the commands of the page; skipped: expected ${needs}`;
  (isThere ? test : test.skip)(
    name,
    async () => {
      const output = await dev.shell([variables, ...commandsOf(sectionOf(page, language))]);
      // Package managers print too, before.
      const messageId = output.match(/[\da-f]{8}(?:-[\da-f]+){4}/g)?.at(-1);
      await dev.succeeded(`send-invoice:${messageId}`);
    },
    600_000,
  );
});
