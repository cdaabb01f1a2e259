/** The CLI as a process: what the program needs of this one, and nothing else. */
import { buffer } from "node:stream/consumers";
import { connect } from "./connect.ts";
import { runCli } from "./program.ts";

const { stdout, stderr, stdin, env } = process;
const { NO_COLOR } = env;

// A reader that has seen enough, such as `head`, is no error.
stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => void stdout.write(`${line}\n`),
  err: (line) => void stderr.write(`${line}\n`),
  readStdin: () => buffer(stdin),
  connect,
  isColoured: stdout.isTTY === true && !NO_COLOR,
  isErrColoured: stderr.isTTY === true && !NO_COLOR,
  columns: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
});
