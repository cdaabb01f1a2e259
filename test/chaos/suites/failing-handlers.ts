import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { enqueue, enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createEnvironment, type Environment } from "../environment.ts";
import { completeBatch, countMessages, eventOf, readDeadLetters, receive } from "../lane.ts";
import { type Process, startProcess } from "../process.ts";
import { failingJob } from "../project/jobs/failing-jobs.ts";
import { sideEffectJob } from "../project/jobs/side-effect-job.ts";
import { minute } from "../scenarios/scenario.ts";
import type { SharedSetup } from "../shared-setup.ts";

/** Enough for one attempt of a second and the time that an invocation reserves for its end. */
const timeoutMs = 6_500;
const memoryMb = 256;

/** Processes the lane until it is empty, a minute later each time. @returns how the invocations ended */
const processUntilEmpty = async (environment: Environment, worker: Process): Promise<readonly string[]> => {
  const ends: string[] = [];
  while ((await countMessages(environment, environment.lane.url)) > 0) {
    const messages = await receive(environment);
    if (messages.length === 0) await wait(100);
    else {
      const outcome = await worker.invoke(eventOf(environment, messages), ends.length * minute);
      ends.push(outcome.ok ? "answered" : outcome.errorMessage);
      await completeBatch(environment, messages, outcome);
    }
  }
  return ends;
};

/** One more than are counted: a handler's start is recorded only after a first lost lease. */
const kills = 4;
const killed = "its worker was killed 3 times while it ran";

export const failingHandlers = (setup: () => SharedSetup): void => {
  test.concurrent.each([
    {
      harm: "exit",
      kill: undefined,
      reason: "attempt 2 of 2 failed with ProcessExitError: process.exit(3) was called",
    },
    { harm: "eat", kill: /Memory size 256 MB, used \d+ MB: killed|exit/, reason: killed },
    // By the watchdog, long before the invocation's deadline.
    { harm: "spin", kill: /signal: SIGKILL/, reason: killed },
    {
      harm: "hang",
      kill: undefined,
      reason: "attempt 2 of 2 failed with TimeoutError: the attempt took longer than its 1000 ms",
    },
  ] as const)(
    "a handler that does $harm is dead with a reason, and affects no other run",
    async ({ harm, kill, reason }) => {
      const environment = await createEnvironment(setup());
      const worker = await startProcess(environment, "worker", { timeoutMs, memoryMb });
      const mates = ["a", "b", "c"].map((key) => ({
        job: sideEffectJob,
        input: { do: "linger" },
        options: { key },
      }));
      const [before, after] = [mates.slice(0, 1), mates.slice(1)];
      await enqueueMany(environment.ports, [
        ...before,
        { job: failingJob, input: { do: harm }, options: { key: "a" } },
        ...after,
      ]);

      const ends = await processUntilEmpty(environment, worker);
      await enqueue(environment.ports, sideEffectJob, { do: "succeed" }, { key: "next" });
      const [next] = await processUntilEmpty(environment, worker);
      const [runs, deadLetters] = [await environment.runs(), await readDeadLetters(environment)];
      await worker.stop();
      await environment.remove();

      const failures = ends.filter((end) => end !== "answered");
      expect(failures).toEqual(kill ? Array(kills).fill(expect.stringMatching(kill)) : []);
      expect(runs.find(({ id }) => id === "failing:a")).toMatchObject({ state: "dead", reason });
      expect(deadLetters).toEqual([{ run: "failing:a", reason }]);
      expect(next).toBe("answered");
      const others = runs.filter(({ job }) => job === "side-effect");
      expect(others).toEqual(
        Array(4).fill(expect.objectContaining({ state: "succeeded", failedAttempts: 0 })),
      );
    },
  );
};
