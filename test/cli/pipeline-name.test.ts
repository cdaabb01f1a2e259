import { describe, expect, test } from "@jest/globals";
import { accountIn, pipelineLine } from "../../cli/pipeline-name.ts";
import { createScriptedCli } from "./support/run-cli.ts";

describe("pipelineLine", () => {
  test.each([
    [
      { stage: "dev", region: "eu-west-1", account: "123456789012", chosenBy: "--stage" },
      "pipeline: dev in eu-west-1, account 123456789012 (--stage)",
    ],
    [
      { stage: "local", endpoint: "http://127.0.0.1:4566", chosenBy: ".millrace/env" },
      "pipeline: local at http://127.0.0.1:4566 (.millrace/env)",
    ],
    [{ stage: "dev", chosenBy: "--stage" }, "pipeline: dev (--stage)"],
    [
      { stage: "dev", region: "eu-west-1", chosenBy: "MILLRACE_STAGE", passedOver: "local" },
      'pipeline: dev in eu-west-1 (MILLRACE_STAGE; the pipeline of millrace dev is "local": unset MILLRACE_STAGE, or pass --stage local)',
    ],
  ] as const)("names %j", (name, line) => {
    expect(pipelineLine(name)).toBe(line);
  });
});

test.each([
  ["https://sqs.eu-west-1.amazonaws.com/123456789012/millrace-dev-low", "123456789012"],
  ["http://localhost/queue", undefined],
])("accountIn reads the account from %s", (url, account) => {
  expect(accountIn(url)).toBe(account);
});

describe("the pipeline's name", () => {
  test.each([["runs", "list"], ["lanes"], ["schedules", "list"]].map((args) => [args]))(
    "is printed on stderr: %j",
    async (args) => {
      const { run, named } = createScriptedCli();
      await run(args);
      expect(named).toEqual(["pipeline: local at memory (--stage)\n"]);
    },
  );

  test("is a field of the JSON with --json, and not on stderr", async () => {
    const { run, named } = createScriptedCli();
    const { out } = await run(["lanes", "--json", "--stage", "prod"]);
    expect(JSON.parse(out)).toMatchObject({
      pipeline: { stage: "prod", chosenBy: "--stage" },
      lanes: expect.any(Array),
    });
    expect(named).toEqual([]);
  });

  test("is printed when the command fails, too", async () => {
    const { run, named } = createScriptedCli();
    await run(["runs", "show", "scripted:none"]);
    expect(named).toHaveLength(1);
    const { err } = await run(["runs", "show", "scripted:none", "--json"]);
    expect(JSON.parse(err)).toMatchObject({ pipeline: { stage: "local" }, error: { code: "not-found" } });
  });

  test("is dim when stderr is a screen", async () => {
    const err: string[] = [];
    await createScriptedCli().run(["lanes"], {
      isErrColored: true,
      err: (line) => void err.push(line),
    });
    expect(err).toEqual(["\u001b[2mpipeline: local at memory (--stage)\u001b[22m"]);
  });
});
