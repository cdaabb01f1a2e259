import { describe, expect, test } from "@jest/globals";
import { createTypedCli, createScriptedCli as setUp } from "./support/run-cli.ts";

describe("an error with --json", () => {
  const fail = async (line: string, given: object = {}) => {
    const { code, out, err } = await createTypedCli().runLine(`${line} --json`, given);
    expect(out).toBe("");
    return { code, error: JSON.parse(err).error };
  };

  test.each([
    ["runs show none:1", 1, "not-found", /^there is no run "none:1"/],
    ["runs list --state asleep", 2, "invalid-option", /^--state: /],
    ["enqueue scripted --input {oops", 2, "usage", /^--input: expected JSON/],
    ["rums", 2, "usage", /^unknown command 'rums'/],
    ["runs list --limit many", 2, "usage", /Expected a whole number/],
    ["runs show", 2, "usage", /^missing required argument 'id'/],
  ])("is one JSON object with its code: %s", async (line, code, errorCode, message) => {
    const failed = await fail(line);
    expect(failed).toMatchObject({
      code,
      error: { code: errorCode, message: expect.stringMatching(message) },
    });
  });

  test("lists the problems with their parts", async () => {
    const line = 'schedules create once --job scripted --input {} --rule "at 2025-01-01T00:00:00Z"';
    expect(await fail(line)).toMatchInlineSnapshot(`
{
  "code": 2,
  "error": {
    "code": "invalid-option",
    "message": "--rule: expected an instant to come, got "at 2025-01-01T00:00:00.000Z", which is never due again; choose a later one, or add --if-past run-now",
    "problems": [
      {
        "expected": "an instant to come",
        "field": "rule",
        "got": ""at 2025-01-01T00:00:00.000Z", which is never due again",
        "message": "--rule: expected an instant to come, got "at 2025-01-01T00:00:00.000Z", which is never due again; choose a later one, or add --if-past run-now",
        "remedy": "choose a later one",
      },
    ],
  },
}
`);
  });

  test("has the code of a network error", async () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    expect(await fail("lanes", { connect: () => Promise.reject(refused) })).toMatchObject({
      code: 1,
      error: { code: "unreachable" },
    });
  });

  test("does not affect --help", async () => {
    const { code, out, err } = await setUp().run(["runs", "--help", "--json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("runs list");
  });
});
