import { expect, test } from "@jest/globals";
import { readCommand } from "../../localstack/options.ts";

const read = (...args: readonly string[]) =>
  readCommand(args, { defaultDataDir: "/project/.millrace", from: "/home/ann" });
const start = { kind: "start", dataDir: "/project/.millrace", isVerbose: false, reset: "no" };

test("readCommand starts on the project's own data without arguments", () => {
  expect(read()).toEqual(start);
});

test("readCommand resolves --data from where npm was called", () => {
  expect(read("--data", "there")).toEqual({ ...start, dataDir: "/home/ann/there" });
  expect(read("--data=/srv/there")).toEqual({ ...start, dataDir: "/srv/there" });
});

test("readCommand resets after a confirmation, or without it with --yes", () => {
  expect(read("--reset")).toEqual({ ...start, reset: "ask" });
  expect(read("--reset", "--yes", "--verbose")).toEqual({ ...start, reset: "yes", isVerbose: true });
});

test("readCommand prefers --help and --version to other flags", () => {
  expect(read("--help", "--reset")).toEqual({ kind: "help" });
  expect(read("-h")).toEqual({ kind: "help" });
  expect(read("--version")).toEqual({ kind: "version" });
});

test.each([
  [["--port", "1"], "Unknown option '--port'"],
  [["somewhere"], "Unexpected argument 'somewhere'"],
  [["--data"], "Option '--data <value>' argument missing"],
  [["--data", ""], "--data: expected a folder, got nothing"],
  [["--data", "--verbose"], "Option '--data' argument is ambiguous"],
  [["--verbose=1"], "Option '--verbose' does not take an argument"],
  [["--yes"], "--yes: expected only with --reset"],
])("readCommand refuses %p", (args, problem) => {
  const command = read(...args);
  expect(command).toMatchObject({ kind: "refused", problem: expect.stringContaining(problem) });
});
