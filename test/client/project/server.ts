/** A web server that sends work, as an app has it beside its jobs: it knows the job by its type alone. */
import { createServer } from "node:http";
import { enqueue, jobRef } from "millrace/client";
import type { sendEmail } from "../../../jobs/send-email.ts";

const welcome = jobRef<typeof sendEmail>("send-email", { priority: "high" });

export const server = createServer(async (request, response) => {
  const to = new URL(request.url ?? "", "http://localhost").searchParams.get("to") ?? "";
  const email = { from: "hello@example.com", to, subject: "Welcome", text: "Good to see you." };
  const { id } = await enqueue(welcome, email, { key: to });
  response.writeHead(202).end(JSON.stringify({ id }));
});
