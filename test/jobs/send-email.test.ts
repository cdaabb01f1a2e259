import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { sendEmail } from "../../jobs/send-email.ts";
import { FatalError, InvalidInputError } from "../../shared/core/errors.ts";
import { perform } from "../../shared/testing/perform.ts";
import { type MailServer, startMailServer } from "./mail-server.ts";

const mail = {
  from: "mill@example.com",
  to: "ann@example.org",
  subject: "Grist — fünf Säcke",
  text: "The mill has ground your corn.",
};

const setSmtpUrl = (url: string | undefined): void => {
  Reflect.deleteProperty(process.env, "SMTP_URL");
  if (url !== undefined) Object.assign(process.env, { SMTP_URL: url });
};

let server: MailServer;
beforeEach(async () => {
  server = await startMailServer();
  setSmtpUrl(server.url);
});
afterEach(async () => {
  setSmtpUrl(undefined);
  await server.stop();
});

describe("send-email", () => {
  test("delivers to a real SMTP server", async () => {
    const { result } = await perform(sendEmail, mail);
    expect(server.received).toMatchObject([{ from: mail.from, to: [mail.to] }]);
    expect(server.received[0]?.source).toContain(mail.text);
    expect(server.received[0]?.source).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(result).toMatchObject({ response: expect.stringMatching(/^250 /) });
  });

  test("uses the same Message-ID for every attempt of a run, and a different one for another run", async () => {
    await perform(sendEmail, mail, { idempotencyKey: "send-email:a" });
    await perform(sendEmail, mail, { idempotencyKey: "send-email:a", run: { attempt: 2 } });
    await perform(sendEmail, mail, { idempotencyKey: "send-email:b" });
    const [first, again, other] = server.received.map(
      ({ source }) => /^Message-ID: (.*)$/im.exec(source)?.[1],
    );
    expect(first).toMatch(/^<[0-9a-f]{32}@example\.com>/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test.each(["recipient", "data"] as const)(
    "throws a FatalError when the server answers 550 to the %s",
    async (step) => {
      server.refuse(step, 550, "no such mill");
      const refused = perform(sendEmail, mail);
      await expect(refused).rejects.toThrow(FatalError);
      await expect(refused).rejects.toThrow(/the SMTP server refused: .*550 no such mill/);
    },
  );

  test.each(["recipient", "data"] as const)(
    "throws a retryable error when the server answers 451 to the %s",
    async (step) => {
      server.refuse(step, 451, "the wheel is frozen");
      const put = perform(sendEmail, mail);
      await expect(put).rejects.toThrow(/451 the wheel is frozen/);
      await expect(put).rejects.not.toThrow(FatalError);
    },
  );

  test("throws a retryable error when no server listens", async () => {
    await server.stop();
    const put = perform(sendEmail, mail);
    await expect(put).rejects.toThrow(/ECONNREFUSED/);
    await expect(put).rejects.not.toThrow(FatalError);
  });

  test("closes its connection when the signal is aborted", async () => {
    server.hangAt("data");
    const signal = AbortSignal.timeout(300);
    await expect(perform(sendEmail, mail, { signal })).rejects.toThrow(/abort/i);
    await server.isEmpty();
  });

  test.each([undefined, "", "mail.example.com", "http://mail.example.com"])(
    "throws a FatalError that says what was expected when SMTP_URL is %j",
    async (url) => {
      setSmtpUrl(url);
      const bad = perform(sendEmail, mail);
      await expect(bad).rejects.toThrow(FatalError);
      await expect(bad).rejects.toThrow(/^SMTP_URL: expected/);
    },
  );

  test.each([
    ["to", { to: "no-address" }],
    ["subject", { subject: "two\r\nBcc: lines@example.com" }],
    ["from", { from: "Ann <ann@example.com>" }],
  ])("refuses an invalid %s before it connects", async (field, bad) => {
    const refused = perform(sendEmail, { ...mail, ...bad });
    await expect(refused).rejects.toThrow(InvalidInputError);
    await expect(refused).rejects.toThrow(new RegExp(`is not valid: ${field}: `));
    expect(server.received).toEqual([]);
  });
});
