import { dueKeyOf } from "../shard.ts";
import type { Change } from "./change.ts";
import type { Run, RunFields } from "./run.ts";

/** Put a run under the sweeper's eye until it ends. */
export const enrol = (run: Run, at: number): Change => ({
  id: run.id,
  when: { state: run.state, gen: run.gen, dueKey: undefined },
  set: { dueKey: dueKeyOf("sweep", run.id), dueAt: at },
});

/** Look at an entry of the due index again later. Refused if anybody moved it meanwhile. */
export const push = (run: Run, at: number, more: RunFields = {}): Change => ({
  id: run.id,
  when: { state: run.state, dueKey: run.dueKey, dueAt: run.dueAt },
  set: { dueKey: dueKeyOf("sweep", run.id), dueAt: at, ...more },
});

/** A parked run whose message is on its way: the sweeper's from now on. */
export const unpark = (run: Run, at: number): Change =>
  push(run, at, run.state === "parked" ? { state: "queued" } : {});

/** An entry in the sweeper's list of the due index. One that is there already is not moved: that costs write units. */
export const watchedFrom = (run: Run, at: number): RunFields =>
  run.dueKey === dueKeyOf("sweep", run.id) ? {} : { dueKey: dueKeyOf("sweep", run.id), dueAt: at };

/** Out of the due index: the run has ended and its letter, if any, is sent. */
export const leave = (run: Run): Change => ({
  id: run.id,
  when: { state: run.state, gen: run.gen, dueKey: run.dueKey, dueAt: run.dueAt },
  set: {},
  drop: "dueKey",
});
