import { timerKeyOf } from "../shard.ts";
import type { Change } from "./change.ts";
import type { Run, RunFields } from "./run.ts";

/** Have the sweeper watch a run until it ends. */
export const watch = (run: Run, at: number): Change => ({
  id: run.id,
  when: { state: run.state, generation: run.generation, timerKey: undefined },
  set: { timerKey: timerKeyOf("sweep", run.id), timerAt: at },
});

/** Move an entry of the timer index to a later check. Refused if the entry was moved meanwhile. */
export const postponeCheck = (run: Run, at: number, more: RunFields = {}): Change => ({
  id: run.id,
  when: { state: run.state, timerKey: run.timerKey, timerAt: run.timerAt },
  set: { timerKey: timerKeyOf("sweep", run.id), timerAt: at, ...more },
});

/** Hand a parked run whose message was sent to the sweeper. */
export const unpark = (run: Run, at: number): Change =>
  postponeCheck(run, at, run.state === "parked" ? { state: "queued" } : {});

/** An entry in the sweeper's list of the timer index. One that is there already is not moved: that costs write units. */
export const watchedFrom = (run: Run, at: number): RunFields =>
  run.timerKey === timerKeyOf("sweep", run.id) ? {} : { timerKey: timerKeyOf("sweep", run.id), timerAt: at };

/** Remove a run from the timer index: it has ended and its dead letter, if any, is sent. */
export const unwatch = (run: Run): Change => ({
  id: run.id,
  when: { state: run.state, generation: run.generation, timerKey: run.timerKey, timerAt: run.timerAt },
  set: {},
  drop: "timerKey",
});
