import { readFileSync } from "node:fs";

/** Megabytes of a process that are in memory. Only Linux tells cheaply: elsewhere 0, and V8's own limit must do. */
export const residentMb = (pid: number): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
};
