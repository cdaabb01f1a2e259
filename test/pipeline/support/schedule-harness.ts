import * as z from "zod";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob, type Job, type Schedule } from "../../../shared/index.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import { killablePorts } from "./killable-ports.ts";
import { describeTimes, operatorOf } from "./operations-harness.ts";
import { createPipeline, second } from "./pipeline-harness.ts";

/** Create a job that records its runs and their inputs, and fails its first runs if asked to. */
export const recordingJob = (name: string, failures = 0) => {
  const ran: string[] = [];
  const inputs: unknown[] = [];
  let left = failures;
  const job = defineJob({
    name,
    input: z.unknown(),
    retry: { attempts: 3, base: "20 seconds" },
    run: ({ run, input }) => {
      inputs.push(input);
      if (left-- > 0) throw new Error("not yet");
      ran.push(run.id.replace(/^.*@2026-01-/, ""));
    },
  });
  return { job, ran, inputs };
};

/** Deploy a pipeline. Its operator has the code of the latest deployment. */
export const deployPipeline = async (jobs: readonly Job[], schedules: readonly Schedule[] = []) => {
  const pipeline = createPipeline(jobs, schedules);
  const { ports, clock } = pipeline;
  let context = { ports, registry: defineRegistry(jobs, schedules) };
  await pipeline.reconcile();
  const ask = operatorOf(() => context);
  return {
    pipeline,
    ask,
    context: () => context,
    deploy: async (nextJobs: readonly Job[], nextSchedules: readonly Schedule[]) => {
      context = { ports, registry: defineRegistry(nextJobs, nextSchedules) };
      return await pipeline.deploy(nextJobs, nextSchedules);
    },
    /** A worker receives visible messages, and is killed at one of its writes. Answers whether it was. */
    killWorker: async (death: { readonly call: number; readonly phase: "before" | "after" }) => {
      const { ports: killable, isDead } = killablePorts(ports, death);
      const worker = {
        lane: "normal",
        metricsCounter: createMetricsCounter(),
        deadlineAt: clock.now() + 300 * second,
      } as const;
      void processBatch(killable, { ...worker, registry: context.registry }, pipeline.receive("normal"));
      await clock.advance(20 * second);
      return isDead();
    },
    history: async (name: string, limit = 200): Promise<readonly string[]> =>
      describeTimes((await ask("schedules.history", { name, limit })).times),
    /** Audit from the start of the clock, or of the ledger if that is later. */
    audit: async (name: string) => {
      const from = "2026-01-01T00:00:00Z";
      return (await ask("schedules.audit", { name, from })).schedules[0];
    },
  };
};

export type Deployed = Awaited<ReturnType<typeof deployPipeline>>;

/** Every point at which a process with a number of writes can be killed. */
export const killPoints = (calls: number) =>
  Array.from({ length: calls }, (_, call) => [
    { call, phase: "before" } as const,
    { call, phase: "after" } as const,
  ]).flat();
