import { AsyncLocalStorage } from "node:async_hooks";
import type { Ports } from "../../shared/ports/index.ts";
import { withCallFaults } from "./faults/call-faults.ts";
import { withItemFaults } from "./faults/item-faults.ts";
import { withPageFaults } from "./faults/page-faults.ts";
import { forever, type Process } from "./process.ts";
import { second, type World } from "./world.ts";

const maxSkewMs = 5 * second;
const scope = new AsyncLocalStorage<Process>();

/** The process whose code is running. */
export const currentProcess = (): Process | undefined => scope.getStore();

export interface ProcessOptions {
  readonly label: string;
  readonly timeoutMs: number;
}

/** Run code as a process. It ends when the code ends, when it is killed, or at its deadline. */
export const runProcess = <Result>(
  world: World,
  { label, timeoutMs }: ProcessOptions,
  main: (process: Process) => Promise<Result>,
): Promise<Result> => {
  const process = createProcess(world, world.unique(label), timeoutMs);
  world.live.add(process);
  return scope.run(process, () => main(process)).finally(() => world.live.delete(process));
};

const createProcess = (world: World, label: string, timeoutMs: number): Process => {
  const { ports, clock } = world.memory;
  const skewMs = world.fault(`${label}: its clock is wrong`, 10)
    ? world.decisions.random.whole(`${label}: skew`, -maxSkewMs, maxSkewMs)
    : 0;
  let isDead = false;
  const process: Process = {
    label,
    skewMs,
    deadlineAt: clock.now() + timeoutMs,
    isDead: () => isDead,
    kill: () => {
      if (isDead) return;
      isDead = true;
      world.live.delete(process);
      world.ledger.killProcess(label, clock.now());
    },
    ports: { ...ports },
  };
  const sleep: Ports["clock"]["sleep"] = async (ms, signal) => {
    await clock.sleep(ms, signal);
    if (isDead) await forever();
  };
  const own = { ...ports, clock: { now: () => clock.now() + skewMs, sleep } };
  const faulty = withPageFaults(world, label, withItemFaults(world, label, own));
  Object.assign(process.ports, withCallFaults(world, process, faulty));
  return process;
};

/** End every process past its deadline, as Lambda does. */
export const endOverdue = ({ live, memory }: World): void => {
  for (const process of [...live]) if (process.deadlineAt <= memory.clock.now()) process.kill();
};
