/** A web server that sends work, as an app has it beside its jobs. */
import { createServer } from "node:http";
import { welcomeUser } from "./welcome.ts";

export const server = createServer(async (request, response) => {
  const to = new URL(request.url ?? "", "http://localhost").searchParams.get("to") ?? "";
  const { id } = await welcomeUser(to);
  response.writeHead(202).end(JSON.stringify({ id }));
});
