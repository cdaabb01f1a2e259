import { expect } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import type { LedgerEntry } from "../../../shared/core/schedules/ledger-entry.ts";
import { occurrenceKey } from "../../../shared/core/schedules/occurrence.ts";
import { reconcile } from "../../../shared/pipeline/dispatcher/reconcile.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import type { Environment } from "../environment.ts";
import type { Observations } from "../observations.ts";
import { jobs } from "../project/jobs/index.ts";
import { sideEffectJob } from "../project/jobs/side-effect-job.ts";
import { offsets, schedulesAround } from "../project/schedules-around.ts";
import { tick } from "../recovery.ts";
import { minute, type Scenario, second } from "./scenario.ts";

/** One tick with missed, late and future occurrences and parked runs. */
export const dispatcherScenario: Scenario = {
  victim: "dispatcher",
  isCold: true,
  aheadMs: 0,
  // The next tick is on time, or comes after an outage, when occurrences that were not sent are missed.
  recoveries: [
    { from: 0, ticks: [minute, 20 * minute] },
    { from: 0, ticks: [20 * minute] },
  ],
  async prepare(environment) {
    const { ports, epoch } = environment;
    const before = { ...ports, clock: { ...ports.clock, now: () => epoch - 60 * minute } };
    await reconcileAllBut("fresh", before, epoch);
    await enqueue(before, sideEffectJob, { do: "succeed" }, { key: "parked", at: new Date(epoch + second) });
    await enqueue(
      before,
      sideEffectJob,
      { do: "succeed" },
      { key: "far", at: new Date(epoch + 10 * minute) },
    );
    return { event: tick() };
  },
  finalStates: { "side-effect:parked": ["succeeded"], "side-effect:far": ["succeeded"] },
  check: async (environment, observations) => {
    for (const name of ["steady", "latest", "all"] as const)
      await checkOccurrences(environment, observations, name);
    const [fresh] = (await environment.ports.schedules.read(["fresh"])).values();
    expect(fresh).toMatchObject({ name: "fresh", state: "active" });
  },
};

const reconcileAllBut = async (name: string, ports: Ports, epoch: number): Promise<void> => {
  const known = schedulesAround(() => epoch).filter((each) => each.name !== name);
  await reconcile(ports, defineRegistry(jobs, known));
};

/** Each occurrence became one run and is recorded as fired, or the ledger says why not. */
const checkOccurrences = async (
  { epoch, ports }: Environment,
  { runs }: Observations,
  name: keyof typeof offsets,
): Promise<void> => {
  const ledger = await ports.ledger.list(name, { limit: 100 });
  const found = offsets[name].map((offset) => {
    const at = epoch + offset;
    const states = runs
      .filter(({ id }) => id === `heartbeat:${occurrenceKey(name, at)}`)
      .map(({ state }) => state);
    return { offset, states, isTold: recordedOutcome(ledger, at) };
  });
  const wanted = found.map(({ offset, isTold }) =>
    isTold === "skipped" && name !== "all"
      ? { offset, states: [], isTold }
      : { offset, states: ["succeeded"], isTold: "fired" },
  );
  expect({ name, found }).toEqual({ name, found: wanted });
  const fired = found.filter(({ isTold }) => isTold === "fired");
  expect(runs.filter(({ schedule }) => schedule === name)).toHaveLength(fired.length);
};

/** Two dispatchers may both record an occurrence: "fired" by one takes precedence over "skipped" by the other. */
const recordedOutcome = (ledger: readonly LedgerEntry[], at: number): "fired" | "skipped" | "nothing" => {
  if (ledger.some(({ fired }) => fired.includes(at))) return "fired";
  const skips = ledger.flatMap(({ skipped }) => skipped);
  return skips.some(({ from, to }) => from <= at && at <= to) ? "skipped" : "nothing";
};
