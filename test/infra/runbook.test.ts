import { describe, expect, test } from "@jest/globals";
import { docsUrlOf, pathTo, runbookUrl } from "../../infra/runbook.ts";

describe("runbookUrl", () => {
  test("starts with the stage's docsUrl", () => {
    const alarms = { which: "all", docsUrl: "https://wiki.example.com/millrace/" } as const;
    expect(runbookUrl({ alarms }, "errors")).toBe("https://wiki.example.com/millrace/docs/runbook.md#errors");
  });

  test.each([
    ["/work/shop/node_modules/millrace/infra", "node_modules/millrace"],
    ["/work/millrace/infra", ""],
  ])("is without a repository the path in the app, from %s", (folder, path) => {
    expect(pathTo(folder)).toBe(path);
  });

  test.each([
    ["git+https://github.com/acme/millrace.git", "https://github.com/acme/millrace/blob/HEAD"],
    ["https://gitlab.com/acme/tools/millrace", "https://gitlab.com/acme/tools/millrace/blob/HEAD"],
    ["git+ssh://git@github.com/acme/millrace.git", "https://github.com/acme/millrace/blob/HEAD"],
    ["github:acme/millrace", "https://github.com/acme/millrace/blob/HEAD"],
    ["acme/millrace", "https://github.com/acme/millrace/blob/HEAD"],
    [undefined, undefined],
  ])("is derived from the repository %s", (repository, url) => {
    expect(docsUrlOf(repository)).toBe(url);
  });
});
