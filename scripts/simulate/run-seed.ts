import { laneNames } from "../../shared/core/lane.ts";
import { isTerminal } from "../../shared/core/runs/run.ts";
import type { Decision } from "./decisions.ts";
import { planDeployments, registryFor } from "./deployments.ts";
import { deliverVisible, hasWork, reconcilerOf, startMinute } from "./functions.ts";
import { findViolations } from "./invariants/invariants.ts";
import { askCalmly, commandEveryMs, createOperatorSchedules, startCommand } from "./operators/operators.ts";
import { endOverdue } from "./processes.ts";
import { clockText, createWorld, minute, type Simulation, second, type World } from "./world.ts";

export interface Simulated {
  /** What was broken, in sentences. */
  readonly violations: readonly string[];
  /** What was decided to happen, in order. */
  readonly taken: readonly Decision[];
  /** Every fault that could have happened, when faults are chosen from a list. */
  readonly offered: readonly Decision[];
  readonly runs: number;
}

/** Everything is on: schedules, operators, deployments, faults. */
const busyMs = 8 * minute;
/** Schedules are paused, faults remain: long enough for both checks of the sweeper. */
const quietMs = 18 * minute;
/** Faults are over, schedules run. */
const calmMs = 2 * minute;
/** A run that has not ended by then never ends. */
const maxWaitMs = 30 * 60 * minute;

/**
 * Run the pipeline once, with all that the seed brings, until faults have ended and it has had time to finish. Then check it.
 */
export const runSeed = async (simulation: Simulation): Promise<Simulated> => {
  const world = createWorld(simulation);
  const violations = await violationsIn(world);
  const { taken, offered } = world.decisions;
  return { violations, taken: taken(), offered: offered(), runs: world.memory.runs().length };
};

/** A simulation that throws is a failure of its seed, and ends no other. */
const violationsIn = async (world: World): Promise<readonly string[]> => {
  try {
    return await findViolations(world, await simulate(world));
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [`the simulation ends: at ${clockText(world.elapsed())} it threw ${text}`];
  }
};

/** Answers when faults ended. */
const simulate = async (world: World): Promise<number> => {
  planDeployments(world);
  const registry = registryFor(world, "first deploy");
  await reconcilerOf(world, registry)(world.memory.ports, registry);
  await createOperatorSchedules(world);
  world.isFaulty = true;
  await live(world, { until: busyMs, hasCommands: true });
  await pauseAll(world, "quiet");
  await live(world, { until: busyMs + quietMs, hasCommands: false });
  world.isFaulty = false;
  const healedAt = world.memory.clock.now();
  await heal(world);
  return healedAt;
};

const heal = async (world: World): Promise<void> => {
  const names = await scheduleNames(world);
  for (const name of names) await askCalmly(world, "schedules.resume", { name });
  await live(world, { until: world.elapsed() + calmMs, hasCommands: false });
  await pauseAll(world, "end");
  await finish(world, world.elapsed() + maxWaitMs);
};

/** After this many idle minutes in a row, a run that has not ended never ends. */
const maxIdleMinutes = 20;

/** Continue until every run has ended, skipping the time in which nothing can happen. */
const finish = async (world: World, until: number): Promise<void> => {
  let idle = 0;
  while (hasWork(world) && world.elapsed() < until && idle < maxIdleMinutes) {
    await live(world, { until: world.elapsed() + minute, hasCommands: false });
    const nextEventAt = nextEvent(world);
    idle = nextEventAt === undefined ? idle + 1 : 0;
    const idleMs = Math.floor(((nextEventAt ?? 0) - world.elapsed()) / minute) * minute;
    if (idleMs > 0) await world.memory.clock.advance(idleMs);
  }
};

const scheduleNames = async ({ memory }: World): Promise<readonly string[]> => {
  const rows = await memory.ports.schedules.all();
  return rows.filter(({ state }) => state !== "deleted").map(({ name }) => name);
};

const pauseAll = async (world: World, reason: string): Promise<void> => {
  for (const name of await scheduleNames(world)) await askCalmly(world, "schedules.pause", { name, reason });
};

interface Period {
  /** Since the simulation began. */
  readonly until: number;
  readonly hasCommands: boolean;
}

/** Longest step of the clock while any process is at work: it may send messages meanwhile. */
const stepMs = second;

const live = async (world: World, { until, hasCommands }: Period): Promise<void> => {
  const { clock } = world.memory;
  while (world.elapsed() < until) {
    const now = world.elapsed();
    if (now % minute === 0) startMinute(world);
    if (hasCommands && now % commandEveryMs === 0) startCommand(world);
    endOverdue(world);
    deliverVisible(world);
    const events = [until, nextMultiple(now, minute), ...nextMessages(world)];
    if (hasCommands) events.push(nextMultiple(now, commandEveryMs));
    if (world.live.size > 0) events.push(now + stepMs);
    await clock.advance(Math.min(...events) - now);
  }
};

const nextMultiple = (now: number, ms: number): number => Math.floor(now / ms) * ms + ms;

/** When the next message can be received. */
const nextMessages = ({ memory, startedAt }: World): readonly number[] => {
  const now = memory.clock.now();
  return laneNames.flatMap((lane) =>
    memory.ports.queue
      .waiting(lane)
      .flatMap(({ visibleAt }) => (visibleAt > now ? [visibleAt - startedAt] : [])),
  );
};

/** Both checks of the sweeper are over for every run by then. */
const checkedMs = 17 * minute;

/**
 * When the next message can be received, or the next entry of the timer index comes up. Now, while processes are at work
 * or the sweeper's checks are not over. Undefined: there is nothing to wait for.
 */
const nextEvent = (world: World): number | undefined => {
  const { memory, startedAt } = world;
  const now = memory.clock.now();
  const open = memory.runs().filter(({ state }) => !isTerminal(state));
  if (world.live.size > 0 || open.some(({ createdAt }) => createdAt > now - checkedMs))
    return world.elapsed();
  const timers = open.flatMap(({ timerAt = 0 }) => (timerAt > now ? [timerAt - startedAt] : []));
  const next = Math.min(...nextMessages(world), ...timers);
  return Number.isFinite(next) ? next : undefined;
};
