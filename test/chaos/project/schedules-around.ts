import { type Rule, schedule } from "../../../shared/index.ts";
import { heartbeatJob } from "./jobs/heartbeat-job.ts";

const second = 1_000;
const minute = 60 * second;

/** When each schedule is due, in milliseconds relative to the test's epoch. Finite, so that a test can end. */
export const offsets = {
  /** Some late but not missed, some in the future, with an input too large for a row. */
  steady: [-2 * second, -second, second, 2 * second],
  /** Some missed: the latest runs, and the ledger records the others as skipped. */
  latest: [-10 * minute, -5 * minute, -3 * minute, second],
  /** Some missed: all of them run. */
  all: [-10 * minute, -5 * minute, 2 * second],
  /** Not due during a test. It is new at the start, and must be written. */
  fresh: [1_000 * minute],
} as const;

export type ScheduleName = keyof typeof offsets;

/** The epoch changes with each test in a process. */
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
