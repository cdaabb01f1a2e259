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

/** Room for one attempt of a second, and what an invocation keeps for its end. */
const timeoutMs = 6_500;
const memoryMb = 256;

/** The lane is worked on, a minute later each time, until it is empty. Answers how the invocations ended. */
const processUntilEmpty = async (stage: Environment, worker: Process): Promise<readonly string[]> => {
  const ends: string[] = [];
  while ((await countMessages(stage, stage.lane.url)) > 0) {
    const messages = await receive(stage);
    if (messages.length === 0) await wait(100);
    else {
      const outcome = await worker.invoke(eventOf(stage, messages), ends.length * minute);
      ends.push(outcome.ok ? "answered" : outcome.errorMessage);
      await completeBatch(stage, messages, outcome);
    }
  }
  return ends;
};

/** One more than are counted: only after a first lost lease is the start of a handler recorded. */
const kills = 4;
const killed = "its worker was killed 3 times while it ran";

export const failingHandlers = (ground: () => SharedSetup): void => {
  test.concurrent.each([
    {
      harm: "exit",
      kill: undefined,
      reason: "attempt 2 of 2 failed with ProcessExitError: process.exit(3) was called",
    },
    { harm: "eat", kill: /Memory size 256 MB, used \d+ MB: killed|exit/, reason: killed },
    // By the watchdog, long before the invocation's time is up.
    { harm: "spin", kill: /signal: SIGKILL/, reason: killed },
    {
      harm: "hang",
      kill: undefined,
      reason: "attempt 2 of 2 failed with TimeoutError: the attempt took longer than its 1000 ms",
    },
  ] as const)(
    "a handler that does $harm ends dead with a reason, and harms nobody else",
    async ({ harm, kill, reason }) => {
      const stage = await createEnvironment(ground());
      const worker = await startProcess(stage, "worker", { timeoutMs, memoryMb });
      const mates = ["a", "b", "c"].map((key) => ({
        job: sideEffectJob,
        input: { do: "linger" },
        options: { key },
      }));
      const [before, after] = [mates.slice(0, 1), mates.slice(1)];
      await enqueueMany(stage.ports, [
        ...before,
        { job: failingJob, input: { do: harm }, options: { key: "ill" } },
        ...after,
      ]);

      const ends = await processUntilEmpty(stage, worker);
      await enqueue(stage.ports, sideEffectJob, { do: "succeed" }, { key: "next" });
      const [next] = await processUntilEmpty(stage, worker);
      const [runs, letters] = [await stage.runs(), await readDeadLetters(stage)];
      await worker.stop();
      await stage.remove();

      const failures = ends.filter((end) => end !== "answered");
      expect(failures).toEqual(kill ? Array(kills).fill(expect.stringMatching(kill)) : []);
      expect(runs.find(({ id }) => id === "ill:ill")).toMatchObject({ state: "dead", reason });
      expect(letters).toEqual([{ run: "ill:ill", reason }]);
      expect(next).toBe("answered");
      const others = runs.filter(({ job }) => job === "act");
      expect(others).toEqual(
        Array(4).fill(expect.objectContaining({ state: "succeeded", failedAttempts: 0 })),
      );
    },
  );
};
