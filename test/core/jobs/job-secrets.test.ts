import { describe, expect, test } from "@jest/globals";
import { jobSecretsText, secretValue } from "../../../shared/core/jobs/job-secrets.ts";

describe("the sources of job secrets", () => {
  test("are read from the text that a worker's environment has", () => {
    const sources = {
      SMTP_URL: { secret: "mail" },
      API_KEY: { secret: "arn:aws:secretsmanager:eu-west-1:1:secret:shop", field: "key" },
      PIN: { parameter: "/shop/pin" },
    };
    expect(jobSecretsText.parse(JSON.stringify(sources))).toEqual(sources);
  });

  test("are none when the environment has no text", () => {
    expect(jobSecretsText.parse(undefined)).toEqual({});
  });

  test.each([
    ["no JSON", "mail"],
    ["no object", "[]"],
    ["no source", '{"SMTP_URL":"mail"}'],
    ["an empty name", '{"SMTP_URL":{"secret":""}}'],
    ["two places for one value", '{"SMTP_URL":{"secret":"mail","parameter":"/mail"}}'],
    ["a field of a parameter, which has none", '{"PIN":{"parameter":"/pin","field":"a"}}'],
  ])("are refused with an example when the text has %s", (_, text) => {
    const result = jobSecretsText.safeParse(text);
    expect(result.error?.issues.map(({ message }) => message)).toEqual([
      `expected JSON such as {"SMTP_URL":{"secret":"mail"}}, got ${JSON.stringify(text)}`,
    ]);
  });
});

describe("the value of a secret", () => {
  test.each<[string, string, string | undefined, string]>([
    ["the whole text when no field is named", '{"key":"abc"}', undefined, '{"key":"abc"}'],
    ["the text of its field", '{"key":"abc","other":1}', "key", "abc"],
    ["an empty text where the field has one", '{"key":""}', "key", ""],
  ])("is %s", (_, text, field, value) => {
    expect(secretValue(text, { field })).toBe(value);
  });

  test.each([
    ["is no JSON", "hunter2", 'field "key": expected a JSON object that has it, got another text'],
    ["is no object", '["hunter2"]', 'field "key": expected a JSON object that has it, got another text'],
    [
      "lacks the field",
      '{"user":"hunter2","url":"hunter2"}',
      'field "key": expected a text, got none; the secret has the fields user, url',
    ],
    ["has no fields", "{}", 'field "key": expected a text, got none; the secret has no fields'],
    [
      "has no text there",
      '{"key":{"a":"hunter2"}}',
      'field "key": expected a text, got a value of type object',
    ],
  ])("is refused, without showing the text, when that %s", (_, text, message) => {
    expect(() => secretValue(text, { field: "key" })).toThrow(new Error(message));
  });

  test("is never what an object inherits", () => {
    expect(() => secretValue("{}", { field: "constructor" })).toThrow("got none");
  });
});
