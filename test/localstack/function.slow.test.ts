import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { type LambdaFunction, startFunction } from "../../localstack/embedded/function.ts";
import type { FunctionConfig } from "../../localstack/embedded/lambda-environment.ts";
import type { LogLine } from "../../localstack/embedded/log-line.ts";
import { type Reaper, startReaper } from "../../localstack/embedded/reaper.ts";
import { descendantsOf, isRunning } from "./processes.ts";
import { until } from "./until.ts";

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

const said = (stream: LogLine["stream"]): string[] =>
  lines.filter((line) => line.stream === stream).map(({ text }) => text);

describe("a handler that works", () => {
  test("is given the event and answers", async () => {
    expect(await start("healthy.echo").invoke({ a: [1] })).toEqual({
      ok: true,
      response: { event: { a: [1] } },
    });
    expect(await start("healthy.nothing").invoke({})).toEqual({ ok: true, response: null });
    expect(await start("module.handler").invoke({})).toEqual({ ok: true, response: { isModule: true } });
  });

  test("finds Lambda's context and environment, and nothing of ours", async () => {
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

  test("is kept for the next invocation", async () => {
    const fn = start("healthy.count");
    await fn.invoke({});
    expect(await fn.invoke({})).toMatchObject({ response: { calls: 2 } });
  });

  test("has as many processes as invocations at once", async () => {
    const fn = start("healthy.slowly");
    const outcomes = await Promise.all([fn.invoke({ ms: 200 }), fn.invoke({ ms: 200 })]);
    expect(new Set(outcomes.map((outcome) => outcome.ok && JSON.stringify(outcome.response))).size).toBe(2);
  });

  test("is heard line by line", async () => {
    await start("healthy.talk").invoke({});
    await until(() => said("stdout").includes("to stdout") && said("stderr").includes("to stderr"));
    expect(lines[0]?.from).toBe("probe");
  });
});

describe("a handler that does not", () => {
  const working = { ok: true, response: { pid: expect.any(Number) } };
  const failure = (errorType: string, errorMessage: unknown) => ({ ok: false, errorType, errorMessage });

  test.each([
    ["throws", "TypeError", "thrown on purpose"],
    ["throwsText", "string", "just a text"],
    ["circular", "TypeError", expect.stringContaining("circular structure")],
    ["exits", "Runtime.ExitError", "Runtime exited with error: exit status 7"],
    ["exitsWell", "Runtime.ExitError", "Runtime exited without providing a reason"],
    ["rejects", "Runtime.ExitError", "Runtime exited with error: exit status 1"],
  ])("%s: the invocation fails, and the next one works", async (handler, errorType, errorMessage) => {
    const fn = start(`crashing.${handler}`);
    expect(await fn.invoke({})).toMatchObject(failure(errorType, errorMessage));
    expect(await fn.invoke({ behave: true })).toEqual(working);
  });

  test.each(["hangs", "spins"])(
    "%s: it is killed at the deadline, and the next one works",
    async (handler) => {
      const fn = start(`crashing.${handler}`, { timeoutMs: 500 });
      expect(await fn.invoke({})).toMatchObject(
        failure("Sandbox.Timedout", "Task timed out after 0.50 seconds"),
      );
      expect(said("host")).toEqual(["Task timed out after 0.50 seconds"]);
      expect(await fn.invoke({ behave: true })).toEqual(working);
    },
  );

  test("eats the heap: V8 or the host ends it, and the next one works", async () => {
    const fn = start("crashing.eatsHeap", { memoryMb: 128 });
    expect(await fn.invoke({})).toMatchObject({
      ok: false,
      errorType: expect.stringMatching(/ExitError|OutOfMemory/),
    });
    expect(await fn.invoke({ behave: true })).toEqual(working);
  });

  test("eats memory outside the heap: the host ends it, and the next one works", async () => {
    const fn = start("crashing.eatsBuffers", { memoryMb: 128 });
    expect(await fn.invoke({})).toMatchObject(
      failure("Runtime.OutOfMemory", expect.stringMatching(/^Memory size 128 MB, used \d+ MB: killed$/)),
    );
    expect(await fn.invoke({ behave: true })).toEqual(working);
  });

  test("leaves a process behind: it goes with the environment", async () => {
    const fn = start("crashing.leavesChild", { timeoutMs: 500 });
    await fn.invoke({});
    await until(() => said("stdout").length > 0);
    await until(() => !isRunning(Number(said("stdout")[0])));
  });

  test("cannot be loaded: the invocation fails with the reason, every time", async () => {
    const fn = start("broken.handler");
    const broken = failure("Error", "environment: MILLRACE_STAGE is missing");
    expect(await fn.invoke({})).toEqual(broken);
    expect(await fn.invoke({})).toEqual(broken);
  });

  test.each([
    ["absent.handler", /no absent\.js, \.mjs or \.cjs in/],
    ["healthy.absent", /exports no function "absent"/],
  ])("%s is not there: the invocation says so", async (handler, message) => {
    expect(await start(handler).invoke({})).toMatchObject(failure("Error", expect.stringMatching(message)));
  });
});

test("stop ends every process, the working ones too", async () => {
  // Files that share this process of Jest may have left some of their own.
  const before = new Set(descendantsOf(process.pid));
  const fn = start("crashing.spins");
  const spinning = fn.invoke({});
  await fn.invoke({ behave: true });
  await fn.stop();
  expect(await spinning).toMatchObject({ ok: false, errorMessage: "the host was stopped" });
  const ours = descendantsOf(process.pid).filter((pid) => !before.has(pid));
  expect(ours.filter((pid) => isRunning(pid))).toEqual([]);
});
