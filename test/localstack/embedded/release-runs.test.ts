import { expect, test } from "@jest/globals";
import { report } from "../../../localstack/dev/report.ts";
import { crashLine, releaseRuns } from "../../../localstack/embedded/release-runs.ts";
import { historyOf } from "../../../shared/core/runs/history.ts";
import { newRun } from "../../../shared/core/runs/new-run.ts";
import { settle } from "../../../shared/core/runs/settle.ts";
import { createMemory } from "../../../shared/testing/memory.ts";

const worker = "2026/11/28/[$LATEST]a";

const stopped = { name: worker, started: new Set<string>(), suspects: new Map<string, string>() };

/** Creates runs, claims them by the given workers, and returns their messages. */
const claimed = async (workers: Readonly<Record<string, string | undefined>>) => {
  const memory = createMemory();
  const { ports } = memory;
  const now = ports.clock.now();
  const keys = Object.keys(workers);
  await ports.runs.create(
    keys.map((key) => newRun({ job: "j", key, lane: "normal", input: undefined, dueAt: now, now })),
  );
  await ports.runs.claim(
    keys
      .filter((key) => workers[key] !== undefined)
      .map((key) => ({
        id: `j:${key}`,
        generation: 1,
        token: `token-${key}`,
        now,
        leaseUntil: now + 60_000,
        worker: workers[key],
      })),
  );
  const messages = keys.map((key) => ({
    messageId: key,
    body: JSON.stringify({ v: 1, job: "j", id: `j:${key}`, key }),
  }));
  const row = async (key: string) => (await ports.runs.read([`j:${key}`])).get(`j:${key}`);
  return { ports, now, messages, row };
};

test("releaseRuns ends all leases, charges only the suspect, gives back unstarted runs, and delivers the suspect last", async () => {
  const { ports, now, messages, row } = await claimed({ a: worker, b: worker, c: worker });
  const suspects = new Map([["j:b", "process exited with code 0 while it ran"]]);
  const started = new Set(["j:a", "j:b"]);
  const released = await releaseRuns(ports, messages, { name: worker, started, suspects });
  expect(released).toMatchObject([
    { messageId: "a", visibleInSeconds: 1 },
    { messageId: "b", visibleInSeconds: 2, crash: { cause: "process exited with code 0 while it ran" } },
    { messageId: "c", visibleInSeconds: 1 },
  ]);
  const mate = await row("a");
  expect(mate).toMatchObject({ state: "retry", availableAt: now, claimCount: 1, failedAttempts: 0 });
  expect([mate?.crashes, mate?.error]).toEqual([undefined, undefined]);
  expect(await ports.attempts.list("j:a")).toMatchObject([
    { outcome: "killed", error: { message: "another run ended its worker: j:b" } },
  ]);
  expect(await row("c")).toMatchObject({ state: "queued", availableAt: now, claimCount: 0 });
  expect(await ports.attempts.list("j:c")).toEqual([]);
  expect(await row("b")).toMatchObject({
    state: "retry",
    availableAt: now,
    crashes: 1,
    error: { name: "WorkerEnded", message: "process exited with code 0 while it ran" },
  });
  const run = await row("b");
  if (!run) throw new Error("expected the row");
  expect(historyOf(run, await ports.attempts.list("j:b"))).toMatchObject([
    { number: 1, outcome: "killed", worker, endedAt: now, error: { name: "WorkerEnded" } },
  ]);
});

test("releaseRuns counts no crash while more than one run may be the cause", async () => {
  const { ports, messages, row } = await claimed({ a: worker, b: worker });
  const suspects = new Map(["j:a", "j:b"].map((id) => [id, "out of memory (512 MB)"]));
  await releaseRuns(ports, messages, { name: worker, started: new Set(suspects.keys()), suspects });
  for (const key of ["a", "b"]) {
    const run = await row(key);
    expect(run).toMatchObject({
      state: "retry",
      claimCount: 1,
      error: { message: "out of memory (512 MB); 2 runs were in the same process" },
    });
    expect(run?.crashes).toBeUndefined();
  }
});

test("releaseRuns changes no run that another worker holds, that waits or that has ended", async () => {
  const { ports, now, messages, row } = await claimed({ a: "another", b: worker, c: worker, d: undefined });
  for (const key of ["b", "c"]) {
    const run = await row(key);
    if (run?.state !== "running") throw new Error("expected a claimed run");
    const error = { name: "Error", message: "boom" };
    const verdict =
      key === "b"
        ? ({ kind: "retry", at: now + 30_000, error } as const)
        : ({ kind: "succeeded", result: 1 } as const);
    await ports.runs.change([settle(run, verdict, now, "hide")]);
  }
  const released = await releaseRuns(ports, messages, stopped);
  expect(released).toEqual([
    { messageId: "a", visibleInSeconds: 60 },
    { messageId: "b", visibleInSeconds: 30 },
    { messageId: "c", visibleInSeconds: 1 },
    { messageId: "d", visibleInSeconds: 1 },
  ]);
  expect(await row("a")).toMatchObject({ state: "running", token: "token-a" });
});

test("releaseRuns makes an unreadable message visible again", async () => {
  const { ports } = await claimed({});
  expect(await releaseRuns(ports, [{ messageId: "m", body: "{" }], stopped)).toEqual([
    { messageId: "m", visibleInSeconds: 1 },
  ]);
});

test("crashLine is reported as one line with the run and the cause of the crash", async () => {
  const { ports, messages } = await claimed({ a: worker });
  const suspects = new Map([["j:a", "out of memory (512 MB)"]]);
  const [released] = await releaseRuns(ports, messages, {
    name: worker,
    started: new Set(suspects.keys()),
    suspects,
  });
  if (!released?.crash) throw new Error("expected a crash");
  const line = {
    from: "millrace-local-worker-normal",
    stream: "host",
    text: crashLine(released.crash),
  } as const;
  const text = report(line, new Date(), { isColored: false, isVerbose: false });
  expect(text).toMatch(
    /normal +crashed +waited .* took .* j:a +attempt 1, retry at .*, out of memory \(512 MB\)$/,
  );
});
