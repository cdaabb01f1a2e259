import { z } from "zod";
import { defineJob, every, type Job, type Schedule, schedule } from "../../shared/index.ts";
import type { Clock } from "../../shared/ports.ts";
import type { Decisions } from "./decisions.ts";
import type { EffectLedger } from "./effect-ledger.ts";

export interface HandlerContext {
  readonly decisions: Decisions;
  readonly ledger: EffectLedger;
  /** True time. */
  readonly clock: Clock;
  readonly isKilled: () => boolean;
}

/** Tries per generation, of every job here. */
export const attempts = 3;

const longestMs = 50_000;

/** The jobs as one process runs them: they take their time, fail now and then, and write down what they did. */
export const jobsFor = (context: HandlerContext): readonly Job[] => {
  const run: Job["run"] = async ({ run: { id, dueAt }, signal }) => {
    const { decisions, ledger, clock, isKilled } = context;
    const effect = ledger.start({ run: id, dueAt: dueAt.getTime(), startedAt: clock.now(), isKilled });
    await clock.sleep(Math.floor(decisions.unit("handler takes") * longestMs), signal);
    effect.endedAt = clock.now();
    effect.outcome = signal.aborted ? "aborted" : "returned";
    if (signal.aborted) throw signal.reason;
    if (!decisions.happens("handler throws", 0.15)) return "done";
    effect.outcome = "threw";
    throw new Error("no luck");
  };
  const common = {
    input: z.unknown(),
    retry: { attempts, base: "20 seconds" },
    timeout: "1 minute",
  } as const;
  return [
    defineJob({ ...common, name: "alpha", run }),
    defineJob({ ...common, name: "beta", run }),
    defineJob({ ...common, name: "gamma", priority: "low", run }),
  ];
};

const policies = [
  {},
  { overlap: "skip" },
  { overlap: "queue-one" },
  { overlap: "cancel-running" },
  { catchUp: "all" },
  { catchUp: "none" },
] as const;

/** The schedules of the code, one of each policy. */
export const schedulesFor = (jobs: readonly Job[]): readonly Schedule[] =>
  policies.flatMap((policy, index) => {
    const job = jobs[index % 2];
    return job ? [schedule(every("40 seconds"), job, undefined, { name: `s${index}`, ...policy })] : [];
  });
