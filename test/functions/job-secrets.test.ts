import { expect, test } from "@jest/globals";
import { createJobSecrets } from "../../functions/job-secrets.ts";
import { createRedactor } from "../../shared/core/redact.ts";

const sources = { SMTP_URL: { secret: "mail" } };

test("job secrets are read once, set as variables before the first handler, and redacted in logs", async () => {
  const env: NodeJS.ProcessEnv = {};
  const redactor = createRedactor();
  let reads = 0;
  const read = async () => {
    reads++;
    return new Map([["SMTP_URL", "open sesame"]]);
  };
  const ready = createJobSecrets({ sources, env, redactor, read });
  expect(env).toEqual({});
  await Promise.all([ready(), ready()]);
  await ready();
  expect([reads, env]).toEqual([1, { SMTP_URL: "open sesame" }]);
  expect(redactor.redact("the word is open sesame")).toBe("the word is [redacted]");
});

test("job secrets fail every invocation until they can be read", async () => {
  const env: NodeJS.ProcessEnv = {};
  let isThere = false;
  const read = async () => {
    if (!isThere) throw new Error("job secret SMTP_URL: no");
    return new Map([["SMTP_URL", "x"]]);
  };
  const ready = createJobSecrets({ sources, env, redactor: createRedactor(), read });
  await expect(ready()).rejects.toThrow("job secret SMTP_URL");
  await expect(ready()).rejects.toThrow("job secret SMTP_URL");
  isThere = true;
  await ready();
  expect(env).toEqual({ SMTP_URL: "x" });
});

test("job secrets are not read when a stage has none", async () => {
  const read = async () => {
    throw new Error("not to be called");
  };
  await createJobSecrets({ sources: {}, env: {}, redactor: createRedactor(), read })();
});
