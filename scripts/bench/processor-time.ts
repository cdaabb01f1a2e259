import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Processor time that a group of processes used. */
interface Use {
  readonly name: string;
  readonly processes: number;
  /** In cores: 1 is one core fully used. */
  readonly cores: number;
}

export interface ProcessorTime {
  readonly cores: number;
  readonly uses: readonly Use[];
  /** What other processes on the machine used: almost nothing on a quiet machine. */
  readonly others: number;
  /** Cores that were idle while waiting for the disk. */
  readonly waiting: number;
}

/** Counts the processor time of this process and its descendants. Works only on Linux; elsewhere, all counts are 0. */
export const countProcessorTime = (): (() => ProcessorTime) => {
  const from = Date.now();
  const before = snapshot();
  return () => {
    const after = snapshot();
    const share = (ms: number): number => ms / (Date.now() - from);
    const spent = [...after.family].map(([pid, { name, ms }]) => ({
      name,
      ms: ms - (before.family.get(pid)?.ms ?? 0),
    }));
    const uses = [...Map.groupBy(spent, ({ name }) => name)].map(([name, all]) => ({
      name,
      processes: all.length,
      cores: share(all.reduce((sum, { ms }) => sum + ms, 0)),
    }));
    const ours = uses.reduce((sum, { cores }) => sum + cores, 0);
    const others = Math.max(0, share(after.busyMs - before.busyMs) - ours);
    const waiting = share(after.waitingMs - before.waitingMs);
    return { cores: cpus().length, uses: uses.filter(({ cores }) => cores >= 0.005), others, waiting };
  };
};

interface Snapshot {
  readonly busyMs: number;
  readonly waitingMs: number;
  readonly family: ReadonlyMap<number, { readonly name: string; readonly ms: number }>;
}

const snapshot = (): Snapshot => {
  const all = new Map(processIds().flatMap(statOf));
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (all.has(pid) && isOurs(all.get(pid)?.parent ?? 0));
  const family = [...all]
    .filter(([pid]) => isOurs(pid))
    .map(([pid, { ms }]) => [pid, { name: nameOf(pid), ms }] as const);
  return { ...allProcessors(), family: new Map(family) };
};

const processIds = (): readonly number[] =>
  process.platform === "linux" ? readdirSync("/proc").map(Number).filter(Number.isInteger) : [];

/** The kernel counts in hundredths of a second, whatever its own clock does (proc(5)). */
const tickMs = 10;

/** Fields 4, 14 and 15 of proc(5); the second may hold anything, up to the last bracket. */
const statOf = (pid: number): [number, { parent: number; ms: number }][] => {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat === ""
    ? []
    : [[pid, { parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * tickMs }]];
};

/** Fields of the first line of /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq. */
const allProcessors = (): Pick<Snapshot, "busyMs" | "waitingMs"> => {
  const fields = (read("/proc/stat").split("\n")[0] ?? "").split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , waiting = 0, irq = 0, softirq = 0] = fields;
  return { busyMs: (user + nice + system + irq + softirq) * tickMs, waitingMs: waiting * tickMs };
};

const nameOf = (pid: number): string => {
  const command = read(`/proc/${pid}/cmdline`);
  const lambda = /AWS_LAMBDA_FUNCTION_NAME=millrace-local-([a-z]+)/.exec(read(`/proc/${pid}/environ`))?.[1];
  if (lambda !== undefined) return lambda;
  if (command.includes("dynoxide")) return "dynoxide";
  return /bench\/(host|feeder|arrivals)\.ts/.exec(command)?.[1] ?? "bench";
};

/** Empty when the process has ended. */
const read = (file: string): string => {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
};
