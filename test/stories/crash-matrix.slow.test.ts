import { beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineRegistry } from "../../shared/core/jobs/registry.ts";
import { laneTimeoutMs } from "../../shared/core/lane.ts";
import { isTerminal } from "../../shared/core/runs/run.ts";
import { defineJob, every, FatalError, schedule } from "../../shared/index.ts";
import { dispatch } from "../../shared/pipeline/dispatcher/tick.ts";
import { enqueue } from "../../shared/pipeline/enqueue/enqueue.ts";
import { sweep } from "../../shared/pipeline/sweeper/sweep.ts";
import { createMetricsCounter } from "../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../shared/pipeline/worker/process-batch.ts";
import type { Ports } from "../../shared/ports/index.ts";
import { type KillPoint, killablePorts } from "../pipeline/support/killable-ports.ts";
import { createPipeline, minute, second } from "../pipeline/support/pipeline-harness.ts";

/** All kinds of runs in one batch. */
const scenario = async () => {
  const finished = new Map<string, number>();
  const act = defineJob({
    name: "act",
    input: z.object({ do: z.enum(["succeed", "retry", "park", "die"]), pad: z.string().optional() }),
    retry: {
      attempts: 4,
      base: "1 second",
      onError: (error) => (String(error).includes("park") ? "5 minutes" : "retry"),
    },
    run: ({ input, run }) => {
      if (input.do === "die") throw new FatalError("asked to die");
      if (input.do !== "succeed" && run.attempt === 1) throw new Error(`first ${input.do}`);
      finished.set(run.id, (finished.get(run.id) ?? 0) + 1);
      return input.pad;
    },
  });
  const beat = defineJob({
    name: "beat",
    run: ({ run }) => void finished.set(run.id, (finished.get(run.id) ?? 0) + 1),
  });
  const jobs = [act, beat];
  const schedules = [schedule(every("20 seconds"), beat)];
  const pipeline = createPipeline(jobs, schedules);
  const settled: string[] = [];
  const change = pipeline.ports.runs.change;
  pipeline.ports.runs.change = async (changes) => {
    const answers = await change(changes);
    answers.forEach((answer, i) => {
      const state = changes[i]?.set.state;
      if (answer.changed && state && isTerminal(state)) settled.push(`${changes[i]?.id} ${state}`);
    });
    return answers;
  };
  await pipeline.reconcile();
  const start = pipeline.clock.now();
  await enqueue(pipeline.ports, act, { do: "succeed" }, { key: "a" });
  await enqueue(pipeline.ports, act, { do: "succeed", pad: "x".repeat(2_000) }, { key: "large" });
  await enqueue(pipeline.ports, act, { do: "retry" }, { key: "b" });
  await enqueue(pipeline.ports, act, { do: "park" }, { key: "c" });
  await enqueue(pipeline.ports, act, { do: "die" }, { key: "d" });
  await enqueue(pipeline.ports, act, { do: "succeed" }, { key: "far", delay: "16 minutes" });
  await pipeline.send("normal", '{"v":1,"job":"act","key":"bare","input":{"do":"succeed"}}');
  await pipeline.send("normal", "not json");
  return { pipeline, finished, settled, registry: defineRegistry(jobs, schedules), start };
};

type Scenario = Awaited<ReturnType<typeof scenario>>;
type Act = (scenario: Scenario, ports: Ports) => Promise<unknown>;

const acts: Record<string, Act> = {
  worker: ({ pipeline, registry }, ports) => {
    const deadlineAt = pipeline.clock.now() + laneTimeoutMs("normal");
    const worker = { lane: "normal" as const, registry, metricsCounter: createMetricsCounter(), deadlineAt };
    return processBatch(ports, worker, pipeline.receive("normal"));
  },
  dispatcher: async ({ pipeline, registry }, ports) => {
    await pipeline.clock.advance(15 * minute);
    return await dispatch(ports, registry, { deadlineAt: pipeline.clock.now() + 55 * second });
  },
  sweeper: async ({ pipeline, registry }, ports) => {
    const lost = pipeline.receive("normal");
    pipeline.ports.queue.remove("normal", lost);
    await pipeline.clock.advance(3 * minute);
    return await sweep(ports, registry, pipeline.clock.now() + 55 * second);
  },
};

/** Run a process that may be killed. Answers its calls. */
const actOnce = async (set: Scenario, act: Act, death?: KillPoint): Promise<readonly string[]> => {
  const process = killablePorts(set.pipeline.ports, death);
  let isOver = false;
  void act(set, process.ports).finally(() => {
    isOver = true;
  });
  for (let i = 0; i < 100 && !isOver && !process.isDead(); i++) await set.pipeline.clock.advance(100);
  await set.pipeline.clock.advance(second);
  return process.calls;
};

const ends = {
  a: "succeeded",
  large: "succeeded",
  b: "succeeded",
  c: "succeeded",
  d: "dead",
  far: "succeeded",
};

const check = ({ pipeline, settled, start }: Scenario): void => {
  const state = (id: string) => pipeline.run(id)?.state;
  expect(Object.fromEntries(Object.keys(ends).map((key) => [key, state(`act:${key}`)]))).toEqual(ends);
  expect(new Set(settled).size).toBe(settled.length);
  expect(
    pipeline.runs().filter((run) => !isTerminal(run.state) && run.dueAt <= pipeline.clock.now() - minute),
  ).toEqual([]);
  expect(pipeline.runs().filter((run) => "startedAt" in run && (run.startedAt ?? 0) < run.dueAt)).toEqual([]);
  const beats = pipeline
    .runs()
    .filter(({ job, dueAt }) => job === "beat" && dueAt <= pipeline.clock.now() - minute);
  expect(beats.length).toBeGreaterThanOrEqual(
    Math.floor((pipeline.clock.now() - start - 2 * minute) / (20 * second)) - 60,
  );
};

const checkLedger = async ({ pipeline }: Scenario): Promise<void> => {
  const ledger = await pipeline.ports.ledger.list("beat", { limit: 10_000 });
  // A dispatcher that was killed before it advanced has recorded what the next one records again.
  const fired = ledger.flatMap((entry) => entry.fired);
  const runs = pipeline.runs().filter(({ job }) => job === "beat");
  expect(new Set(runs.map(({ dueAt }) => dueAt))).toEqual(new Set(fired));
};

const recoverMs = 40 * minute;

describe.each(Object.entries(acts))("a %s that is killed", (_name, act) => {
  let calls: readonly string[] = [];

  beforeAll(async () => {
    calls = await actOnce(await scenario(), act);
  });

  test.each(["before", "after"] as const)(
    "at any of its calls, %s it takes effect, loses nothing and settles nothing twice",
    async (phase) => {
      expect(calls.length).toBeGreaterThan(3);
      for (let call = 0; call < calls.length; call++) {
        const set = await scenario();
        await actOnce(set, act, { call, phase });
        await set.pipeline.live(recoverMs);
        try {
          check(set);
          await checkLedger(set);
        } catch (error) {
          throw new Error(`killed ${phase} call ${call}, ${calls[call]}: ${String(error)}`);
        }
      }
    },
    60_000,
  );
});
