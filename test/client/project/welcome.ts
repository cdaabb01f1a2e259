import { enqueue, jobRef } from "millrace/client";
import type { sendEmail } from "../../../jobs/send-email.ts";

const welcome = jobRef<typeof sendEmail>("send-email", { priority: "high" });

export const welcomeUser = async (to: string) =>
  await enqueue(
    welcome,
    { from: "hello@example.com", to, subject: "Welcome", text: "Good to see you." },
    { key: to },
  );
