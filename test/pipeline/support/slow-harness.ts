import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob, every, type Rule, type Schedule, schedule } from "../../../shared/index.ts";
import { createPipeline, minute, type TestPipeline } from "./pipeline-harness.ts";

interface Slow {
  /** How long its nth call takes, counted from 0. */
  readonly ms: number | ((call: number) => number);
  readonly isBroken?: (call: number) => boolean;
  /** Whether a call ignores its signal. */
  readonly isDeaf?: (call: number) => boolean;
}

/** Create a job that takes a given time, and stops when its signal is aborted. */
export const createSlowJob = ({ ms, isBroken = () => false, isDeaf = () => false }: Slow) => {
  const spans: { readonly id: string; readonly from: number; to: number; aborted: boolean }[] = [];
  let [pipeline, calls]: [TestPipeline | undefined, number] = [undefined, 0];
  const slow = defineJob({
    name: "slow",
    timeout: "4 minutes",
    retry: { attempts: 1 },
    run: async ({ run, signal }) => {
      const call = calls++;
      if (isBroken(call)) throw new Error("broken");
      if (!pipeline) throw new Error("no pipeline yet");
      const { clock } = pipeline;
      const span = { id: run.id, from: clock.now(), to: Number.POSITIVE_INFINITY, aborted: false };
      spans.push(span);
      await clock.sleep(typeof ms === "number" ? ms : ms(call), isDeaf(call) ? undefined : signal);
      span.to = clock.now();
      span.aborted = signal.aborted;
      if (signal.aborted) throw signal.reason;
    },
  });
  const start = async (options: Parameters<typeof schedule>[3], rule: Rule = every("1 minute")) => {
    const schedules: Schedule[] = [schedule(rule, slow, undefined, options as object)];
    pipeline = createPipeline([slow], schedules);
    await pipeline.reconcile();
    return { pipeline, context: { ports: pipeline.ports, registry: defineRegistry([slow], schedules) } };
  };
  return { slow, spans, start };
};

/** Run for some time with deliveries that do not wait for one another, so that runs of one schedule may overlap. */
export const runConcurrently = async (pipeline: TestPipeline, ms: number): Promise<void> => {
  const until = pipeline.clock.now() + ms;
  let nextTick = pipeline.clock.now();
  while (pipeline.clock.now() < until) {
    if (pipeline.clock.now() >= nextTick) {
      await pipeline.tick();
      await pipeline.sweep();
      nextTick += minute;
    }
    void pipeline.start("normal");
    await pipeline.clock.advance(500);
  }
};

/** The states of the runs that were due by now, oldest first. */
export const statesOf = (pipeline: TestPipeline) =>
  pipeline
    .runs()
    .filter(({ dueAt }) => dueAt <= pipeline.clock.now() - 2_000)
    .sort((a, b) => a.dueAt - b.dueAt)
    .map(({ state }) => state);
