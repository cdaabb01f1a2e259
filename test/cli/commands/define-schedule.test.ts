import { describe, expect, test } from "@jest/globals";
import { createTypedCli as cli, createScriptedCli as setUp } from "../support/run-cli.ts";

test("schedules edit resets a DST policy given as none", async () => {
  const { runLine } = cli();
  await runLine(
    'schedules create bread --job scripted --input {} --rule "30 2 * * *" --tz Europe/Madrid --gap skip',
  );
  expect((await runLine("schedules edit bread --gap none")).code).toBe(0);
  expect(JSON.parse((await runLine("schedules show bread --json")).out).dst).toEqual({
    gap: "run-after-gap",
    overlap: "first",
  });
});

describe("millrace schedules create and edit", () => {
  test.each([
    [
      "an interval of zero",
      '--rule "every 0 seconds"',
      2,
      /^millrace: every: expected whole seconds, at least 1, got "0 sec/,
    ],
    ["an unknown zone", '--rule "0 3 * * *" --zone Europe/Madird', 2, /did you mean "Europe\/Madrid"\?$/],
    [
      "a rule that is never due",
      '--rule "30 2 31 2 *"',
      2,
      /^millrace: cron: .*got "30 2 31 2 \*", which never fires/,
    ],
    [
      "both day fields",
      '--rule "cron(0 12 1 * 2 *)"',
      2,
      /^millrace: cron day of week: expected exactly one "\?"/,
    ],
    [
      "an instant in the past",
      '--rule "at 2025-01-01T00:00:00Z"',
      2,
      /^millrace: --rule: .*choose a later one, or add --if-past run-now$/,
    ],
    [
      "an unknown job",
      '--rule "every 1 minute" --job fax',
      2,
      /^millrace: --job: expected one of scripted, got "fax"/,
    ],
    [
      "a bad input",
      '--rule "every 1 minute" --input {"fail":true}',
      2,
      /^millrace: input of job "scripted".* got true$/,
    ],
    [
      "an input that is not JSON",
      '--rule "every 1 minute" --input {oops',
      2,
      /^millrace: --input: expected JSON such as/,
    ],
    [
      "a count that is not a number",
      '--rule "every 1 minute" --pause-after-deaths often',
      2,
      /Expected a whole number/,
    ],
    [
      "an unknown overlap policy",
      '--rule "every 1 minute" --overlap maybe',
      2,
      /^millrace: --overlap: .*"cancel-new", got "maybe"$/,
    ],
    [
      "unknown DST policies",
      '--rule "0 3 * * *" --gap none --overlap-dst none',
      2,
      /^millrace: --gap: .*, got "none"; --overlap-dst: .*, got "none"$/,
    ],
    [
      "a DST policy for a rule without clock times",
      '--rule "every 1 minute" --gap skip',
      2,
      /^millrace: --gap: expected a rule on the clocks of a zone, got "every 1 minute", /,
    ],
    [
      "values that are not durations",
      '--rule "every 1 minute" --min-interval soon --catch-up-window long',
      2,
      /^millrace: --catch-up-window: .*; --min-interval: expected a duration .*, got "soon"$/,
    ],
  ])("refuse %s in one sentence and store nothing", async (_, more, code, problem) => {
    const { pipeline, run } = setUp();
    const args = ["schedules", "create", "rye", "--job", "scripted", "--input", "{}"];
    // Not by `words`, because JSON contains quotes.
    const added = [...more.matchAll(/"([^"{]*)"|(\S+)/g)].map(([, quoted, bare = ""]) => quoted ?? bare);
    const result = await run([...args, ...added]);
    expect(result).toMatchObject({ code, out: "" });
    expect(result.err.split("\n")[0]).toMatch(problem);
    expect(await pipeline.ports.schedules.all()).toEqual([]);
    expect(pipeline.runs()).toEqual([]);
  });

  test("refuse an edit without changes before connecting", async () => {
    const { runLine, stages } = cli();
    for (const line of ["schedules edit rye", "schedules edit rye --allow-never --stage dev"]) {
      expect(await runLine(line)).toMatchObject({
        code: 2,
        out: "",
        err: expect.stringMatching(
          /^millrace: edit: expected at least one change, got none; give one of --job, --rule, .*, --min-interval\n$/,
        ),
      });
    }
    expect(stages).toEqual([]);
  });

  test("show defaults in the help of create, not of edit", async () => {
    const { runLine } = cli();
    expect((await runLine("schedules create --help")).out).toContain("(default: allow)");
    expect((await runLine("schedules edit --help")).out).not.toContain("default:");
  });
});
