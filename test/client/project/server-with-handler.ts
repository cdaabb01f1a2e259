/** The same server with the job itself. */
import { enqueue } from "millrace/client";
import { sendEmail } from "../../../jobs/send-email.ts";

export const send = async (to: string) =>
  await enqueue(sendEmail, { from: "hello@example.com", to, subject: "Welcome", text: "Good to see you." });
