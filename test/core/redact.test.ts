import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRedactor, isSecretName, redactPatterns } from "../../shared/core/redact.ts";
import { cases } from "../cases.ts";
import { anyUnit } from "./runs/any-run.ts";

const awsKey = "AKIAIOSFODNN7EXAMPLE";
const awsSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

describe("a redacted text", () => {
  test.each([
    [
      "a bearer token",
      "401 for Authorization: Bearer abc123DEF456",
      "401 for Authorization: Bearer [redacted]",
    ],
    ["basic credentials", "sent Basic dXNlcjpwYXNz to the server", "sent Basic [redacted] to the server"],
    ["a header in JSON", '{"authorization":"Bearer x1y2z3"}', '{"authorization":"[redacted]"}'],
    ["an object as a log shows it", "{ password: 'hunter two', id: 7 }", "{ password: '[redacted]', id: 7 }"],
    [
      "JSON inside JSON",
      String.raw`{"body":"{\"token\":\"abc\",\"id\":7}"}`,
      String.raw`{"body":"{\"token\":\"[redacted]\",\"id\":7}"}`,
    ],
    ["a value with escaped quotes", String.raw`{"secret":"a\"b","n":1}`, '{"secret":"[redacted]","n":1}'],
    ["a number under a secret name", '{"cvv":123,"total":45}', '{"cvv":[redacted],"total":45}'],
    [
      "a query",
      "GET /v1?user=7&access_token=abc&page=2 failed",
      "GET /v1?user=7&access_token=[redacted]&page=2 failed",
    ],
    [
      "a signed URL",
      "https://b.s3.amazonaws.com/k?X-Amz-Signature=ab12&X-Amz-Date=1",
      "https://b.s3.amazonaws.com/k?X-Amz-Signature=[redacted]&X-Amz-Date=1",
    ],
    ["a setting", "DB_PASSWORD=hunter2 is wrong", "DB_PASSWORD=[redacted] is wrong"],
    ["a bare value that is no word", "password: hunter2!", "password: [redacted]"],
    [
      "a connection string",
      "postgres://app:s3cret@db.internal:5432/x",
      "postgres://app:[redacted]@db.internal:5432/x",
    ],
    ["a connection string without a user", "redis://:s3cret@cache:6379", "redis://:[redacted]@cache:6379"],
    ["a key id of AWS", `The key ${awsKey} is not valid`, "The key AKIA[redacted] is not valid"],
    ["a secret key of AWS", `signed with ${awsSecret}.`, "signed with [redacted]."],
    ["a JSON Web Token", `jwt ${jwt} expired`, "jwt [redacted] expired"],
    ["a token of GitHub", "ghp_abcdefghijklmnopqrstuvwxyz0123456789 refused", "[redacted] refused"],
    ["a key of a payment service", "No such key: sk_live_abcdefghijklmnop", "No such key: [redacted]"],
    [
      "a private key",
      "key: -----BEGIN PRIVATE KEY-----\nMIIEv\n-----END PRIVATE KEY-----\nend",
      "key: [redacted]\nend",
    ],
    ["a cookie", "Cookie: session=abc; theme=dark", "Cookie: [redacted]"],
  ])("has %s replaced", (_, text, expected) => {
    const once = redactPatterns(text);
    expect(once).toBe(expected);
    expect(redactPatterns(once)).toBe(once);
  });

  test.each([
    "connect ECONNREFUSED 127.0.0.1:5432",
    "getaddrinfo ENOTFOUND db.internal",
    "password: Invalid input: expected string, received undefined",
    "password: Too small: expected string to have >=8 characters",
    "Unexpected token } in JSON at position 12",
    "Unexpected token: 3",
    "The security token included in the request is expired",
    "Basic authentication failed, Bearer authentication required",
    "token === undefined and token => 1",
    "used 5,000 tokens of 8,000",
    "commit 0123456789abcdef0123456789abcdef01234567 is not here",
    "run send-email:01ARZ3NDEKTSV4RRFFQ69G5FAV not found",
    "at charge (jobs/charge-card.ts:12:7)",
    "https://example.com:8443/path?page=2",
    "s3://bucket/prefix/2026/11/28/part-0001.json",
    "The user 0189f7ea-ae2f-7b5c-8e5a-000000000001 has no card",
    "expected secret: not found",
    'duplicate key value violates unique constraint "users_email_key"',
  ])("that holds no secret stays as it is: %s", (text) => {
    expect(redactPatterns(text)).toBe(text);
  });

  test("is made in time in proportion to its length, whatever it is", () => {
    const startedAt = performance.now();
    for (const part of [
      "a",
      "-",
      "a-",
      "token",
      "token:",
      "https://",
      "eyJa.",
      "Basic ",
      '\\"',
      "A1a/",
      "password='\\",
    ])
      redactPatterns(part.repeat(4_000));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe("a redactor", () => {
  test("replaces the exact values that are registered, the longest first", () => {
    const { redact, register } = createRedactor(["correct horse"]);
    register(["correct horse battery", 'p@ss "w"']);
    expect(redact("with correct horse battery, then correct horse.")).toBe(
      "with [redacted], then [redacted].",
    );
    expect(redact(JSON.stringify({ got: 'p@ss "w"' }))).toBe('{"got":"[redacted]"}');
    expect(redact(`https://x/?q=${encodeURIComponent('p@ss "w"')}`)).toBe("https://x/?q=[redacted]");
  });

  test("replaces what looks like a secret when no value is registered", () => {
    expect(createRedactor().redact("password=hunter2 of ann")).toBe("password=[redacted] of ann");
  });

  test("ignores values so short that they are parts of words", () => {
    expect(createRedactor(["", "a", "abc"]).redact("an abc")).toBe("an abc");
  });

  test("leaves no registered value in any text", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 4, maxLength: 20, unit: anyUnit }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          fc.pre(!`${before}[redacted]${after}`.includes(secret));
          expect(createRedactor([secret]).redact(before + secret + after)).not.toContain(secret);
        },
      ),
      cases(),
    );
  });
});

describe("the name of a field", () => {
  test.each([
    "password",
    "newPassword",
    "user_password",
    "userpassword",
    "api-key",
    "apiKey",
    "APIKEY",
    "accessToken",
    "Authorization",
    "cardNumber",
    "card",
    "cvv",
    "clientSecret",
    "secretAccessKey",
    "pin",
    "set-cookie",
  ])("%s says that its value is secret", (name) => expect(isSecretName(name)).toBe(true));
  test.each([
    "name",
    "email",
    "author",
    "discard",
    "cardinality",
    "tokens",
    "keyword",
    "key",
    "passenger",
    "pinned",
    "spin",
    "monkey",
    "secretary",
    "compass",
  ])("%s says nothing of the kind", (name) => expect(isSecretName(name)).toBe(false));
});
