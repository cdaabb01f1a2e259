import { timerKeyOf } from "../shard.ts";
import type { Change } from "./change.ts";
import type { Run, RunFields } from "./run.ts";

/** Put a run under the sweeper's eye until it ends. */
export const watch = (run: Run, at: number): Change => ({
  id: run.id,
  when: { state: run.state, generation: run.generation, timerKey: undefined },
  set: { timerKey: timerKeyOf("sweep", run.id), timerAt: at },
});

/** Look at an entry of the due index again later. Refused if anybody moved it meanwhile. */
export const postponeCheck = (run: Run, at: number, more: RunFields = {}): Change => ({
  id: run.id,
  when: { state: run.state, timerKey: run.timerKey, timerAt: run.timerAt },
  set: { timerKey: timerKeyOf("sweep", run.id), timerAt: at, ...more },
});

/** A parked run whose message is on its way: the sweeper's from now on. */
export const unpark = (run: Run, at: number): Change =>
  postponeCheck(run, at, run.state === "parked" ? { state: "queued" } : {});

/** An entry in the sweeper's list of the due index. One that is there already is not moved: that costs write units. */
export const watchedFrom = (run: Run, at: number): RunFields =>
  run.timerKey === timerKeyOf("sweep", run.id) ? {} : { timerKey: timerKeyOf("sweep", run.id), timerAt: at };

/** Out of the due index: the run has ended and its letter, if any, is sent. */
export const unwatch = (run: Run): Change => ({
  id: run.id,
  when: { state: run.state, generation: run.generation, timerKey: run.timerKey, timerAt: run.timerAt },
  set: {},
  drop: "timerKey",
});
