/** The CLI's entry point: passes the process's streams and environment to the program. */
import { buffer } from "node:stream/consumers";
import { connect } from "./connect.ts";
import { loadJobs } from "./load-jobs.ts";
import { runCli } from "./program.ts";

const { stdout, stderr, stdin, env } = process;
const { NO_COLOR } = env;

// A reader that closes the pipe early, such as `head`, is not an error.
stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => void stdout.write(`${line}\n`),
  err: (line) => void stderr.write(`${line}\n`),
  readStdin: () => buffer(stdin),
  connect,
  loadJobs,
  cwd: process.cwd(),
  isColored: stdout.isTTY === true && !NO_COLOR,
  isErrColored: stderr.isTTY === true && !NO_COLOR,
  columns: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
});
