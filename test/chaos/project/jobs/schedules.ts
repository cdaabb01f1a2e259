import { type Rule, schedule } from "../../../../shared/index.ts";
import { heartbeatJob } from "./heartbeat-job.ts";

const second = 1_000;
const minute = 60 * second;

/** Milliseconds from the epoch of a test at which each schedule is due. Finite, so that a test can end. */
export const offsets = {
  /** Some late but not missed, some to come; with an input too large for a row. */
  steady: [-2 * second, -second, second, 2 * second],
  /** Some missed: the latest of them is run, the others are told of in the ledger. */
  latest: [-10 * minute, -5 * minute, -3 * minute, second],
  /** Some missed: each of them is run. */
  all: [-10 * minute, -5 * minute, 2 * second],
  /** Nothing is due in the time of a test: this one is new when it begins, and must be written. */
  fresh: [1_000 * minute],
} as const;

export type ScheduleName = keyof typeof offsets;

/** The epoch is another for each test that a process lives through. */
const ruleOf = (name: ScheduleName, epoch: () => number): Rule => ({
  text: name,
  next: (after) => {
    const offset = offsets[name].find((each) => epoch() + each > after.getTime());
    return offset === undefined ? undefined : new Date(epoch() + offset);
  },
});

export const schedulesAround = (epoch: () => number) => [
  schedule(
    ruleOf("steady", epoch),
    heartbeatJob,
    { pad: "x".repeat(600) },
    { name: "steady", catchUp: "latest" },
  ),
  schedule(ruleOf("latest", epoch), heartbeatJob, {}, { name: "latest", catchUp: "latest" }),
  schedule(ruleOf("all", epoch), heartbeatJob, {}, { name: "all", catchUp: "all" }),
  schedule(ruleOf("fresh", epoch), heartbeatJob, {}, { name: "fresh" }),
];

export const schedules = schedulesAround(() => {
  const { CHAOS_EPOCH = "0" } = process.env;
  return Number(CHAOS_EPOCH);
});
