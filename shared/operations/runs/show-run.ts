import * as z from "zod";
import { runNotFound } from "../../core/runs/not-found.ts";
import { allCrashesOf, isTerminal, type Run } from "../../core/runs/run.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { PipelineContext } from "../../pipeline/context.ts";
import { loadInput, resultPart } from "../../pipeline/runs/payloads.ts";
import type { Payloads } from "../../ports/index.ts";
import { defineOperation } from "../operation.ts";
import { loadHistory, type ShownAttempt } from "./run-history.ts";
import { iso, type RunSummary, summaryOf } from "./run-view.ts";

/** All that is known of one run. */
export interface ShownRun extends RunSummary {
  /** 1, and one more for each death. */
  readonly generation: number;
  /** Attempts that the job's policy still allows, the running one not counted. Absent when the run has ended. */
  readonly attemptsLeft?: number;
  /** Attempts whose worker was killed, all redrives together. They do not count against the policy. */
  readonly crashes: number;
  /** Every attempt, oldest first. */
  readonly history: readonly ShownAttempt[];
  /** The execution environment of the last attempt. */
  readonly worker?: string;
  readonly leaseUntil?: string;
  readonly expiresAt?: string;
  readonly tags?: readonly string[];
  readonly input?: unknown;
  /** Why the input cannot be shown. */
  readonly inputNote?: string;
  readonly result?: unknown;
  /** Why there is no result although the job returned one. */
  readonly resultNote?: string;
}

export const runShow = defineOperation({
  name: "runs.show",
  description:
    "Show one run with its input, its result and its attempts: when, how long, which worker, which error.",
  readOnly: true,
  input: z.object({ id: z.string().min(1) }),
  async run({ id }, context): Promise<ShownRun> {
    const run = (await context.ports.runs.read([id])).get(id);
    if (!run) throw runNotFound(id);
    const [input, result, history] = await Promise.all([
      inputOf(context.ports.payloads, run),
      resultOf(context.ports.payloads, run),
      loadHistory(context.ports.attempts, run),
    ]);
    return { ...summaryOf(run), ...detailsOf(run, context), ...input, ...result, history };
  },
});

const detailsOf = (run: Run, { registry }: PipelineContext) => {
  const policy = registry.jobs.get(run.job)?.retry;
  const isRunning = run.state === "running";
  const charged = run.failedAttempts + (isRunning ? 1 : 0);
  return withoutUndefined({
    generation: run.generation,
    ...(policy && !isTerminal(run.state) && { attemptsLeft: policy.attempts - charged }),
    crashes: allCrashesOf(run),
    worker: run.worker,
    ...(isRunning && { leaseUntil: iso(run.availableAt) }),
    ...(run.expiresAt !== undefined && { expiresAt: iso(run.expiresAt) }),
    ...(run.tags && { tags: run.tags }),
  });
};

const inputOf = async (payloads: Payloads, run: Run): Promise<Pick<ShownRun, "input" | "inputNote">> => {
  const loaded = await loadInput(payloads, run);
  if ("lost" in loaded) return { inputNote: loaded.lost };
  return loaded.input === undefined ? {} : { input: loaded.input };
};

const resultOf = async (payloads: Payloads, run: Run): Promise<Pick<ShownRun, "result" | "resultNote">> => {
  if (run.state !== "succeeded") return {};
  if (run.resultNote !== undefined) return { resultNote: run.resultNote };
  const text = run.resultStored ? await payloads.load(run.id, resultPart(run)) : run.result;
  if (text !== undefined) return { result: JSON.parse(text) };
  return run.resultStored ? { resultNote: "its stored result is gone" } : {};
};
