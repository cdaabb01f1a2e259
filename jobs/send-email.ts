import { createHash } from "node:crypto";
import { defineJob, FatalError } from "millrace";
import { createTransport } from "nodemailer";
import * as z from "zod";

const oneLine = /^[^\r\n]*$/;

/**
 * Sends an e-mail through the server in `SMTP_URL`, to one address per run. With two addresses the server could accept
 * one and refuse the other, and no outcome of the run would be correct.
 */
export const sendEmail = defineJob({
  name: "send-email",
  input: z.strictObject({
    from: z.email(),
    to: z.email(),
    subject: z.string().min(1).max(200).regex(oneLine, "expected one line"),
    text: z.string().max(200_000),
  }),
  priority: "high",
  retry: { attempts: 6, base: "5 seconds" },
  async run({ input, idempotencyKey, signal, log }) {
    const messageId = messageIdOf(idempotencyKey, input.from);
    const transport = createTransport({ url: smtpUrl(), ...limits });
    try {
      const { response } = await transport.sendMail({ ...input, messageId, signal });
      log.info("e-mail accepted", { messageId, response });
      return { messageId, response };
    } catch (error) {
      throw isRefusal(error)
        ? new FatalError(`the SMTP server refused: ${error.message}`, { cause: error })
        : error;
    }
  },
});

/** Each step of a session times out well before the job does; `signal` ends the rest. */
const limits = {
  dnsTimeout: 5_000,
  connectionTimeout: 8_000,
  greetingTimeout: 8_000,
  socketTimeout: 15_000,
  disableFileAccess: true,
  disableUrlAccess: true,
};

/** Read by the run, so that a deployment that sends no e-mail needs no server. */
const smtpUrl = (): string => {
  const { SMTP_URL: url } = process.env;
  if (!url || !/^smtps?:\/\/./.test(url)) {
    throw new FatalError(
      'SMTP_URL: expected the address of a mail server, such as "smtp://user:password@host:587"',
    );
  }
  return url;
};

/** The same for every attempt of the run, so that a server or a mail client recognizes a duplicate. */
const messageIdOf = (idempotencyKey: string, from: string): string => {
  const digest = createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 32);
  return `<${digest}@${from.slice(from.lastIndexOf("@") + 1)}>`;
};

/** A 5xx reply is final (RFC 5321, 4.2.1): a retry would be refused again. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && "responseCode" in error && Number(error.responseCode) >= 500;
