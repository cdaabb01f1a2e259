import type { Ports } from "../../../shared/ports/index.ts";
import { interceptPorts, type PortName } from "../../../shared/testing/memory/intercept-ports.ts";
import { forever, type Process } from "../process.ts";
import { second, type World } from "../world.ts";
import { brownOutAt } from "./brown-out.ts";

/** Calls that change nothing. A kill at one is the same as a kill before the next write. */
const readNames: ReadonlySet<string> = new Set(["read", "list", "due", "dead", "all", "load", "depth"]);

/**
 * The ports of a process whose requests fail as a whole, or are slow, and that can be killed before and after
 * each of its writes. Works on whatever methods a port has.
 */
export const withCallFaults = (world: World, process: Process, ports: Ports): Ports => {
  const counts = new Map<string, number>();
  return interceptPorts(ports, async ({ port, method, act }) => {
    const called = `${port}.${method}`;
    const number = (counts.get(called) ?? 0) + 1;
    counts.set(called, number);
    const key = `${process.label}: ${called} ${number}`;
    return await call(world, process, { key, port, isRead: readNames.has(method), act });
  });
};

interface Call {
  readonly key: string;
  readonly port: PortName;
  readonly isRead: boolean;
  readonly act: () => Promise<unknown>;
}

const maxDelayMs = 2 * second;

const call = async (world: World, process: Process, { key, port, isRead, act }: Call): Promise<unknown> => {
  const { fault, memory, decisions } = world;
  const die = async (): Promise<never> => {
    process.kill();
    return await forever();
  };
  if (process.isDead()) return await forever();
  if (!world.isFaulty) return await act();
  if (!isRead && fault(`${key}: killed before it`, 0.15)) return await die();
  if (fault(`${key}: fails`, 0.3)) throw new Error(`fault: ${key} failed`);
  if (fault(`${key}: slow`, 0.7))
    await memory.clock.sleep(decisions.random.whole(`${key}: delay`, 1, maxDelayMs));
  const brownOut = brownOutAt(world, port, key);
  if (process.isDead()) return await forever();
  if (brownOut === "down") throw new Error(`fault: ${key} failed in a brown-out`);
  const answer = await act();
  if (process.isDead()) return await forever();
  if (brownOut === "late") {
    await memory.clock.sleep(9 * second);
    throw new Error(`fault: ${key} took effect and was answered too late`);
  }
  if (!isRead && fault(`${key}: killed after it`, 0.15)) return await die();
  if (!isRead && fault(`${key}: takes effect, its reply is lost`, 0.2))
    throw new Error(`fault: the reply to ${key} was lost`);
  return answer;
};
