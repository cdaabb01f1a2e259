import { expect, test } from "@jest/globals";
import { type ProcessEnd, suspectsOf } from "../../../localstack/embedded/ended-worker.ts";

const at = 100_000;
const end: ProcessEnd = {
  exitCode: null,
  signal: null,
  isHeapFull: false,
  memoryMb: 512,
  timeoutMs: 115_000,
};
const fresh = { run: "fresh:1", startedAt: at - 500, endsAt: at + 29_500 };
const overdue = { run: "overdue:1", startedAt: at - 2_000, endsAt: at - 1_000 };

const suspects = (how: Partial<ProcessEnd>, started = [fresh, overdue]) =>
  Object.fromEntries(suspectsOf(started, { ...end, ...how }, at));

test.each<[string, Partial<ProcessEnd>, string]>([
  ["an exit", { exitCode: 0 }, "process exited with code 0 while it ran"],
  ["a signal", { signal: "SIGSEGV" }, "process ended by SIGSEGV while it ran"],
  ["a full heap", { signal: "SIGABRT", isHeapFull: true }, "out of memory (512 MB)"],
  ["the memory limit", { signal: "SIGKILL", endedBy: "memory" }, "out of memory (512 MB)"],
])("suspectsOf returns every run whose handler had started after %s", (_, how, cause) => {
  expect(suspects(how)).toEqual({ "fresh:1": cause, "overdue:1": cause });
});

test("suspectsOf returns only overdue runs when the watchdog or the function's timeout ended the process", () => {
  const expected = { "overdue:1": "killed after its 1 s timeout: the handler never yielded" };
  expect(suspects({ signal: "SIGKILL" })).toEqual(expected);
  expect(suspects({ signal: "SIGKILL", endedBy: "timeout" })).toEqual(expected);
});

test("suspectsOf returns every started run when none was overdue", () => {
  expect(suspects({ signal: "SIGKILL", endedBy: "timeout" }, [fresh])).toEqual({
    "fresh:1": "the function's 115 s timeout was reached while it ran",
  });
  expect(suspects({ signal: "SIGKILL" }, [fresh])).toEqual({
    "fresh:1": "process ended by SIGKILL while it ran",
  });
});

test("suspectsOf returns no run when the host stops, or when no handler had started", () => {
  expect(suspects({ signal: "SIGKILL", endedBy: "stop" })).toEqual({});
  expect(suspects({ exitCode: 1 }, [])).toEqual({});
});
