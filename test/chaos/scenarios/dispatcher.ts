import { expect } from "@jest/globals";
import { occurrenceKey } from "../../../shared/core/occurrence.ts";
import { defineRegistry } from "../../../shared/core/registry.ts";
import { enqueue } from "../../../shared/pipeline/enqueue.ts";
import { reconcile } from "../../../shared/pipeline/reconcile.ts";
import type { Ports } from "../../../shared/ports.ts";
import type { Evidence } from "../evidence.ts";
import { tick } from "../heal.ts";
import { act } from "../project/jobs/act.ts";
import { jobs } from "../project/jobs/index.ts";
import { offsets, schedulesAround } from "../project/jobs/schedules.ts";
import type { Stage } from "../stage.ts";
import { minute, type Scenario, second } from "./scenario.ts";

/** One tick with everything in it: occurrences that were missed, are late and are to come, and parked runs. */
export const dispatcherScenario: Scenario = {
  victim: "dispatcher",
  isCold: true,
  aheadMs: 0,
  // The next tick comes in time, or after an outage in which what was not sent is missed.
  lives: [
    { from: 0, ticks: [minute, 20 * minute] },
    { from: 0, ticks: [20 * minute] },
  ],
  async prepare(stage) {
    const { ports, epoch } = stage;
    const before = { ...ports, clock: { ...ports.clock, now: () => epoch - 60 * minute } };
    await reconcileAllBut("fresh", before, epoch);
    await enqueue(before, act, { do: "succeed" }, { key: "parked", at: new Date(epoch + second) });
    await enqueue(before, act, { do: "succeed" }, { key: "far", at: new Date(epoch + 10 * minute) });
    return { event: tick() };
  },
  ends: { "act:parked": ["succeeded"], "act:far": ["succeeded"] },
  check: async (stage, evidence) => {
    for (const name of ["steady", "latest", "all"] as const) await checkOccurrences(stage, evidence, name);
    const [fresh] = (await stage.ports.schedules.read(["fresh"])).values();
    expect(fresh).toMatchObject({ name: "fresh", state: "active" });
  },
};

const reconcileAllBut = async (name: string, ports: Ports, epoch: number): Promise<void> => {
  const known = schedulesAround(() => epoch).filter((each) => each.name !== name);
  await reconcile(ports, defineRegistry(jobs, known));
};

/** Each occurrence became one run, or the ledger says why not. */
const checkOccurrences = async (
  { epoch, ports }: Stage,
  { runs }: Evidence,
  name: keyof typeof offsets,
): Promise<void> => {
  const own = runs.filter(({ schedule }) => schedule === name);
  const ledger = await ports.schedules.ledger(name, { limit: 100 });
  const found = offsets[name].map((offset) => {
    const id = `beat:${occurrenceKey(name, epoch + offset)}`;
    const skips = ledger.filter(({ skipped }) => skipped.some((skip) => isWithin(epoch + offset, skip)));
    const fired = ledger.filter((entry) => entry.fired.includes(epoch + offset));
    const states = own.filter((run) => run.id === id).map(({ state }) => state);
    return { offset, states, isTold: fired.length === 1 ? "fired" : skips.length === 1 ? "skipped" : "no" };
  });
  const isAs = (isTold: string) => (isTold === "skipped" ? [] : ["succeeded"]);
  expect(found).toEqual(
    found.map((one) => ({ ...one, states: isAs(one.isTold), isTold: expect.not.stringMatching("no") })),
  );
  expect(own).toHaveLength(found.filter(({ isTold }) => isTold === "fired").length);
  if (name === "all") expect(own).toHaveLength(offsets.all.length);
};

const isWithin = (instant: number, { from, to }: { readonly from: number; readonly to: number }): boolean =>
  from <= instant && instant <= to;
