/** Runs the embedded stack like `npm start`, in its own process, but writes the functions' output to a file. */
import { createWriteStream } from "node:fs";
import * as z from "zod";
import { startStack } from "../../localstack/embedded/stack.ts";
import { finishRequested, parentArgument, sendToParent } from "./child.ts";

const options = z.object({
  dataDir: z.string(),
  bundles: z.object({ dispatcher: z.string(), sweeper: z.string(), worker: z.string() }),
  linesFile: z.string(),
});

const { linesFile, ...where } = options.parse(parentArgument());
const lines = createWriteStream(linesFile);
const { env, stop } = await startStack({
  ...where,
  onLine: ({ stream, text }) =>
    lines.write(`${stream === "stdout" ? text : JSON.stringify({ hostMessage: text })}\n`),
});
sendToParent(env);
await finishRequested;
await stop(2_000);
lines.end(() => sendToParent("stopped", true));
