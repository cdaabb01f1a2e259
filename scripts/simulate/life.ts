import { defineRegistry, type Registry } from "../../shared/core/jobs/registry.ts";
import { type LaneName, laneNames, laneTimeoutMs } from "../../shared/core/lane.ts";
import { reconcile } from "../../shared/pipeline/dispatcher/reconcile.ts";
import { dispatch } from "../../shared/pipeline/dispatcher/tick.ts";
import { sweep } from "../../shared/pipeline/sweeper/sweep.ts";
import { createTally } from "../../shared/pipeline/worker/metrics-counter.ts";
import { work } from "../../shared/pipeline/worker/process-batch.ts";
import type { Ports } from "../../shared/ports.ts";
import { createMemory, type Memory } from "../../shared/testing/memory.ts";
import { createDecisions, type Decisions, type Step } from "./decisions.ts";
import { createEffectLedger, type EffectLedger } from "./effect-ledger.ts";
import { withFaults } from "./faults.ts";
import { type Row, type Told, terminal, violations } from "./invariants.ts";
import { jobsFor, schedulesFor } from "./jobs.ts";
import { actOnce, ask, runtimeNames, runtimeSchedule, scheduleNames } from "./operators.ts";
import { createProcess, type Process } from "./processes.ts";

export interface LifeOptions {
  readonly seed: number;
  /** The part of calls that go wrong, such as 0.03. 0 takes two faults of the whole life, chosen by chance. */
  readonly rate: number;
  /** Clocks of processes are off by up to so much, either way. */
  readonly skewMs: number;
  /** Only these steps may happen. */
  readonly only?: ReadonlySet<string> | undefined;
}

export interface Life {
  readonly violations: readonly string[];
  readonly steps: readonly Step[];
  readonly runs: number;
}

const secondMs = 1_000;
const minuteMs = 60_000;

const stormMs = 10 * minuteMs;
const recoveryMs = 4 * minuteMs;
/** Gaps between messages that the sweeper sends grow; nothing may be open after this long. */
const longestHealingMs = 8 * 60 * minuteMs;

/** Hundreds of lines of each life, which are read by no one. */
const silent: Ports["log"] = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

interface World {
  readonly memory: Memory;
  readonly decisions: Decisions;
  readonly effects: EffectLedger;
  readonly options: LifeOptions;
  /** The outside as processes see it: with faults while the storm lasts. */
  readonly faulty: Ports;
  readonly registry: Registry;
  isStorm: boolean;
}

/** One simulated life of the whole pipeline: a storm of faults, then hours in which all is well. */
export const live = async (options: LifeOptions): Promise<Life> => {
  const memory = createMemory();
  const { clock } = memory;
  const decisions = createDecisions({ seed: options.seed, now: clock.now, only: options.only });
  const effects = createEffectLedger();
  const world: World = {
    memory,
    decisions,
    effects,
    options,
    faulty: withFaults(
      { ...memory.ports, log: silent },
      { decisions, rate: () => (world.isStorm ? options.rate : 0) },
    ),
    registry: registryFor({ memory, decisions, effects }, () => false),
    isStorm: false,
  };
  const begin = clock.now();
  await setUp(world);
  await storm(world);
  await heal(world);
  return {
    violations: violations(await remainsOf(world, begin)),
    steps: decisions.steps,
    runs: memory.runs().length,
  };
};

const registryFor = (
  { memory, decisions, effects }: Pick<World, "memory" | "decisions" | "effects">,
  isKilled: () => boolean,
): Registry => {
  const jobs = jobsFor({ decisions, ledger: effects, clock: memory.clock, isKilled });
  return defineRegistry(jobs, schedulesFor(jobs));
};

const setUp = async (world: World): Promise<void> => {
  const { memory, registry } = world;
  await reconcile(memory.ports, registry);
  for (const name of runtimeNames)
    await ask({ ports: memory.ports, registry }, "schedules.create", runtimeSchedule(name));
};

const processOf = (world: World, kind: string, killRate: number): Process =>
  createProcess(world.faulty, {
    decisions: world.decisions,
    kind,
    killRate: world.isStorm ? killRate : 0,
    skewMs: world.options.skewMs,
  });

const storm = async (world: World): Promise<void> => {
  const { memory, decisions, options, registry } = world;
  const { clock } = memory;
  world.isStorm = true;
  const until = clock.now() + stormMs;
  let nextTick = clock.now();
  while (clock.now() < until) {
    if (clock.now() >= nextTick) {
      nextTick += minuteMs;
      startTicks(world);
    }
    if (decisions.unit("verb now") < 0.03) {
      const { ports } = processOf(world, "client", options.rate);
      const runIds = () => memory.runs().map(({ id }) => id);
      void actOnce({ ports, registry, decisions, ledger: world.effects, runIds });
    }
    startWorkers(world, clock.now() < until - stormMs / 2);
    await clock.advance(secondMs);
  }
  world.isStorm = false;
};

const startTicks = (world: World): void => {
  const { decisions, registry, options, memory } = world;
  const ticks = decisions.happens("tick missed", options.rate * 3)
    ? 0
    : decisions.happens("tick doubled", options.rate * 3)
      ? 2
      : 1;
  const deadlineAt = memory.clock.now() + 55 * secondMs;
  for (let tick = 0; tick < ticks; tick++)
    void dispatch(processOf(world, "dispatcher", options.rate * 3).ports, registry, { deadlineAt }).catch(
      () => undefined,
    );
  void sweep(processOf(world, "sweeper", options.rate * 3).ports, registry, deadlineAt).catch(
    () => undefined,
  );
};

/** A worker for every lane that has something to receive. Before a deploy has come through, some do not know `gamma`. */
const startWorkers = (world: World, isDeploying: boolean): void => {
  for (const lane of laneNames) {
    const most = 1 + Math.floor(world.decisions.unit("batch size") * 10);
    const deliveries = world.memory.receive(lane, most);
    if (deliveries.length > 0) void startWorker(world, lane, { deliveries, isDeploying });
  }
};

interface Batch {
  readonly deliveries: ReturnType<Memory["receive"]>;
  readonly isDeploying: boolean;
}

const startWorker = async (
  world: World,
  lane: LaneName,
  { deliveries, isDeploying }: Batch,
): Promise<void> => {
  const { memory, decisions, options } = world;
  const worker = processOf(world, "worker", options.rate);
  const isOld = isDeploying && decisions.unit("worker of the deploy before") < 0.2;
  const { jobs } = registryFor(world, worker.isDead);
  const known = new Map([...jobs].filter(([name]) => !isOld || name !== "gamma"));
  const { returned } = await work(
    worker.ports,
    {
      lane,
      registry: { jobs: known, schedules: world.registry.schedules },
      tally: createTally(),
      deadlineAt: memory.clock.now() + laneTimeoutMs(lane),
    },
    deliveries,
  );
  if (!worker.isDead())
    memory.ports.queue.remove(
      lane,
      deliveries.filter(({ messageId }) => !returned.includes(messageId)),
    );
};

/** All faults are over: the schedules run for a while, are paused, and everything that is open must end. */
const heal = async (world: World): Promise<void> => {
  const { memory, registry } = world;
  const { clock, ports } = memory;
  const askAll = async (verb: string): Promise<void> => {
    for (const name of scheduleNames) await ask({ ports, registry }, verb, { name }).catch(() => undefined);
  };
  await askAll("schedules.resume");
  const healed = clock.now();
  let nextTick = healed;
  let isPaused = false;
  while (clock.now() < healed + longestHealingMs) {
    if (clock.now() >= nextTick) {
      nextTick += minuteMs;
      startTicks(world);
      if (isPaused && isQuiet(memory)) return;
    }
    if (!isPaused && clock.now() >= healed + recoveryMs) {
      isPaused = true;
      await askAll("schedules.pause");
    }
    startWorkers(world, false);
    await clock.advance(
      Math.min(nextTick - clock.now(), clock.now() < healed + 2 * recoveryMs ? 2_000 : 20_000),
    );
  }
};

const isQuiet = ({ runs, ports }: Memory): boolean =>
  runs().every(({ state, dueKey }) => terminal.has(state) && dueKey === undefined) &&
  laneNames.every((lane) => ports.queue.waiting(lane).length === 0);

const remainsOf = async (world: World, begin: number): Promise<Parameters<typeof violations>[0]> => {
  const { memory, options, effects } = world;
  const until = begin + stormMs;
  const histories = new Map<string, readonly Told[]>();
  const audits = new Map<string, { missing: readonly string[]; unexpected: readonly string[] }>();
  for (const name of scheduleNames) {
    histories.set(name, await historyOf(world, name));
    audits.set(name, await audit(world, name, { from: begin, until }));
  }
  return {
    rows: memory.runs() as readonly Row[],
    effects,
    skewMs: options.skewMs,
    deadLetters: deadLettersOf(memory),
    histories,
    audits,
    until,
  };
};

/** The most lines that the operation gives: older instants are not checked. */
const historyLines = 200;

const historyOf = async ({ memory, registry }: World, name: string): Promise<readonly Told[]> => {
  const input = { name, limit: historyLines };
  const answer = await ask({ ports: memory.ports, registry }, "schedules.history", input).catch(
    () => undefined,
  );
  const { times = [] } = (answer ?? {}) as {
    times?: readonly { readonly at: string; readonly fate: string }[];
  };
  return times.map(({ at, fate }) => ({ at: Date.parse(at), fate }));
};

const audit = async (
  { memory, registry }: World,
  name: string,
  { from, until }: { readonly from: number; readonly until: number },
) => {
  const range = { name, from: new Date(from).toISOString(), until: new Date(until).toISOString() };
  const answer = await ask({ ports: memory.ports, registry }, "schedules.audit", range).catch(
    () => undefined,
  );
  const [found] =
    (answer as { schedules?: readonly Record<string, readonly string[]>[] } | undefined)?.schedules ?? [];
  return {
    missing: found?.["missing"] ?? found?.["holes"] ?? [],
    unexpected: found?.["unexpected"] ?? found?.["strangers"] ?? [],
  };
};

/** How many dead letters each run has. */
const deadLettersOf = ({ ports }: Memory): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const lane of laneNames)
    for (const { body } of ports.queue.dead(lane)) {
      const id: unknown = Reflect.get(Object(JSON.parse(body)), "id");
      if (typeof id === "string") counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  return counts;
};
