import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { type LambdaFunction, startFunction } from "../../../localstack/embedded/function.ts";
import type { FunctionConfig } from "../../../localstack/embedded/lambda-environment.ts";
import type { LogLine } from "../../../localstack/embedded/log-line.ts";
import { type Reaper, startReaper } from "../../../localstack/embedded/reaper.ts";
import { descendantsOf, isRunning } from "../processes.ts";
import { until } from "../until.ts";

jest.setTimeout(30_000);

let reaper: Reaper;
beforeAll(() => {
  reaper = startReaper();
});
afterAll(() => reaper.stop());

let lines: LogLine[] = [];
const started: LambdaFunction[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.stop()));
  lines = [];
});

const start = (handler: string, config: Partial<FunctionConfig> = {}): LambdaFunction => {
  const onLine = (line: LogLine) => void lines.push(line);
  const folder = join(import.meta.dirname, "fixtures", "functions");
  const defaults = {
    name: "probe",
    folder,
    timeoutMs: 30_000,
    memoryMb: 256,
    environment: { MILLRACE_STAGE: "test" },
  };
  const fn = startFunction({ ...defaults, handler, ...config }, { onLine, reaper });
  started.push(fn);
  return fn;
};

const textsOf = (stream: LogLine["stream"]): string[] =>
  lines.filter((line) => line.stream === stream).map(({ text }) => text);

describe("startFunction with a healthy handler", () => {
  test("passes the event and returns the response", async () => {
    expect(await start("healthy.echo").invoke({ a: [1] })).toEqual({
      ok: true,
      response: { event: { a: [1] } },
    });
    expect(await start("healthy.nothing").invoke({})).toEqual({ ok: true, response: null });
    expect(await start("module.handler").invoke({})).toEqual({ ok: true, response: { isModule: true } });
  });

  test("provides Lambda's context and environment, and no other variables", async () => {
    const outcome = await start("healthy.context", { timeoutMs: 10_000 }).invoke({});
    expect(outcome).toMatchObject({
      response: {
        functionName: "probe",
        functionVersion: "$LATEST",
        invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:probe",
        memoryLimitInMB: "256",
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        logGroupName: "/aws/lambda/probe",
        cwd: join(import.meta.dirname, "fixtures", "functions"),
        canSend: "undefined",
        env: { MILLRACE_STAGE: "test", _HANDLER: "healthy.context", AWS_REGION: "us-east-1", TZ: "UTC" },
      },
    });
    const { remaining, env } = outcome.ok
      ? (outcome.response as { remaining: number; env: object })
      : { remaining: 0, env: {} }; // as: matched above
    expect(remaining).toBeGreaterThan(9_000);
    expect(remaining).toBeLessThanOrEqual(10_000);
    expect(Object.keys(env).filter((name) => /^(npm_|JEST_|NODE_)/.test(name))).toEqual([]);
  });

  test("reuses the process for the next invocation", async () => {
    const fn = start("healthy.count");
    await fn.invoke({});
    expect(await fn.invoke({})).toMatchObject({ response: { calls: 2 } });
  });

  test("starts one process per concurrent invocation", async () => {
    const fn = start("healthy.slowly");
    const outcomes = await Promise.all([fn.invoke({ ms: 200 }), fn.invoke({ ms: 200 })]);
    expect(new Set(outcomes.map((outcome) => outcome.ok && JSON.stringify(outcome.response))).size).toBe(2);
  });

  test("reports the output line by line", async () => {
    await start("healthy.talk").invoke({});
    await until(() => textsOf("stdout").includes("to stdout") && textsOf("stderr").includes("to stderr"));
    expect(lines[0]?.from).toBe("probe");
  });
});

describe("startFunction with a crashing handler", () => {
  const working = { ok: true, response: { pid: expect.any(Number) } };
  const failure = (errorType: string, errorMessage: unknown) => ({ ok: false, errorType, errorMessage });

  test.each([
    ["throws", "TypeError", "thrown on purpose"],
    ["throwsText", "string", "just a text"],
    ["circular", "TypeError", expect.stringContaining("circular structure")],
    ["exits", "Runtime.ExitError", "Runtime exited with error: exit status 7"],
    ["exitsWell", "Runtime.ExitError", "Runtime exited without providing a reason"],
    ["rejects", "Runtime.ExitError", "Runtime exited with error: exit status 1"],
  ])("fails the invocation, and serves the next one: %s", async (handler, errorType, errorMessage) => {
    const fn = start(`crashing.${handler}`);
    expect(await fn.invoke({})).toMatchObject(failure(errorType, errorMessage));
    expect(await fn.invoke({ behave: true })).toEqual(working);
  });

  test.each(["hangs", "spins"])(
    "kills the process at the deadline, and serves the next invocation: %s",
    async (handler) => {
      const fn = start(`crashing.${handler}`, { timeoutMs: 500 });
      expect(await fn.invoke({})).toMatchObject(
        failure("Sandbox.Timedout", "Task timed out after 0.50 seconds"),
      );
      expect(textsOf("host")).toEqual(["Task timed out after 0.50 seconds"]);
      expect(await fn.invoke({ behave: true })).toEqual(working);
    },
  );

  test("survives a handler that fills the heap, and serves the next invocation", async () => {
    const fn = start("crashing.eatsHeap", { memoryMb: 128 });
    expect(await fn.invoke({})).toMatchObject({
      ok: false,
      errorType: expect.stringMatching(/ExitError|OutOfMemory/),
    });
    expect(await fn.invoke({ behave: true })).toEqual(working);
  });

  test("kills a process that exceeds its memory outside the heap, and serves the next invocation", async () => {
    const fn = start("crashing.eatsBuffers", { memoryMb: 128 });
    expect(await fn.invoke({})).toMatchObject(
      failure("Runtime.OutOfMemory", expect.stringMatching(/^Memory size 128 MB, used \d+ MB: killed$/)),
    );
    expect(await fn.invoke({ behave: true })).toEqual(working);
  });

  test("kills child processes with the environment", async () => {
    const fn = start("crashing.leavesChild", { timeoutMs: 500 });
    await fn.invoke({});
    await until(() => textsOf("stdout").length > 0);
    await until(() => !isRunning(Number(textsOf("stdout")[0])));
  });

  test("fails every invocation with the reason when the handler cannot be loaded", async () => {
    const fn = start("broken.handler");
    const broken = failure("Error", "environment: MILLRACE_STAGE is missing");
    expect(await fn.invoke({})).toEqual(broken);
    expect(await fn.invoke({})).toEqual(broken);
  });

  test.each([
    ["absent.handler", /no absent\.js, \.mjs or \.cjs in/],
    ["healthy.absent", /exports no function "absent"/],
  ])("fails the invocation when the handler is missing: %s", async (handler, message) => {
    expect(await start(handler).invoke({})).toMatchObject(failure("Error", expect.stringMatching(message)));
  });
});

test("stop kills every process, busy ones included", async () => {
  // Other test files in this Jest process may have left processes.
  const before = new Set(descendantsOf(process.pid));
  const fn = start("crashing.spins");
  const spinning = fn.invoke({});
  await fn.invoke({ behave: true });
  await fn.stop();
  expect(await spinning).toMatchObject({ ok: false, errorMessage: "the host was stopped" });
  const ours = descendantsOf(process.pid).filter((pid) => !before.has(pid));
  expect(ours.filter((pid) => isRunning(pid))).toEqual([]);
});
